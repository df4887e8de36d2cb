"""S3: objects are immutable files, their index is in SQLite."""
