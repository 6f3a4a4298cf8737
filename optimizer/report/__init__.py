"""From a plan to files that people read: tables, summary, map, GeoPackage."""
