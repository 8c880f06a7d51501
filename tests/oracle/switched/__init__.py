"""Model directories that say things in many ways. See ../switched_directories.py."""
