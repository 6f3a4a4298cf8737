"""Studies: one question put to many variants of a case, planned as a design, run once each, compared exactly."""
