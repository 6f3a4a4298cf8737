"""From a case to hourly numbers: typical days and their calendar, PUE and WUE, latency."""
