"""The catalog's SQLite tables. Names are stored folded to lower case; documents are JSON (see documents.py)."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS glue_counter (id INTEGER PRIMARY KEY CHECK (id = 1), changes INTEGER NOT NULL);
INSERT OR IGNORE INTO glue_counter VALUES (1, 0);

CREATE TABLE IF NOT EXISTS glue_database (name TEXT PRIMARY KEY, document TEXT NOT NULL);

CREATE TABLE IF NOT EXISTS glue_table (
  database TEXT NOT NULL REFERENCES glue_database ON DELETE CASCADE,
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  document TEXT NOT NULL,
  PRIMARY KEY (database, name));

CREATE TABLE IF NOT EXISTS glue_table_version (
  database TEXT NOT NULL, table_name TEXT NOT NULL, version INTEGER NOT NULL, document TEXT NOT NULL,
  PRIMARY KEY (database, table_name, version),
  FOREIGN KEY (database, table_name) REFERENCES glue_table ON DELETE CASCADE);

CREATE TABLE IF NOT EXISTS glue_partition (
  database TEXT NOT NULL, table_name TEXT NOT NULL, key TEXT NOT NULL, document TEXT NOT NULL,
  PRIMARY KEY (database, table_name, key),
  FOREIGN KEY (database, table_name) REFERENCES glue_table ON DELETE CASCADE);

CREATE TABLE IF NOT EXISTS glue_partition_index (
  database TEXT NOT NULL, table_name TEXT NOT NULL, name TEXT NOT NULL, document TEXT NOT NULL,
  PRIMARY KEY (database, table_name, name),
  FOREIGN KEY (database, table_name) REFERENCES glue_table ON DELETE CASCADE);

CREATE TABLE IF NOT EXISTS glue_statistics (
  database TEXT NOT NULL, table_name TEXT NOT NULL, partition TEXT NOT NULL, column_name TEXT NOT NULL,
  document TEXT NOT NULL,
  PRIMARY KEY (database, table_name, partition, column_name),
  FOREIGN KEY (database, table_name) REFERENCES glue_table ON DELETE CASCADE);

CREATE TABLE IF NOT EXISTS glue_function (
  database TEXT NOT NULL REFERENCES glue_database ON DELETE CASCADE,
  name TEXT NOT NULL, document TEXT NOT NULL,
  PRIMARY KEY (database, name));

CREATE TABLE IF NOT EXISTS glue_tag (
  arn TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (arn, key));
"""
