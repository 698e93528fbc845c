//! Owns how the database keeps the records of its streams.
//!
//! Dynoxide gives a record the number after the highest one of its table, and reads the records
//! after a number, without an index for either: with 200,000 records, each write of an item took
//! 43 ms. Nor does it delete records, which DynamoDB does after a day ("Change data capture for
//! DynamoDB Streams", DynamoDB developer guide).

use rusqlite::Connection;
use std::time::Duration;

/// How long a record stays in a stream.
const KEPT: Duration = Duration::from_hours(24);

/// Gives the records of a database their index, and deletes those that no stream has any more. The
/// database is named by the path of its file or by its address, and is open.
pub(super) fn keep(database: &str) -> Result<(), rusqlite::Error> {
    let connection = Connection::open(database)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.execute_batch(
        "CREATE INDEX IF NOT EXISTS stream_records_by_number
         ON _stream_records (table_name, CAST(sequence_number AS INTEGER))",
    )?;
    connection.execute(
        "DELETE FROM _stream_records WHERE created_at < unixepoch() - ?1",
        [KEPT.as_secs().cast_signed()],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::embedded::{create_tables, open};
    use crate::template::Template;
    use dynoxide::Database;
    use rusqlite::Connection;
    use serde_json::json;
    use std::path::Path;

    fn put(database: &Database, id: &str) {
        let item = json!({ "workspace_id": { "S": "ws_a" }, "id": { "S": id } });
        let put = json!({ "TableName": "entries", "Item": item });
        database.put_item(serde_json::from_value(put).unwrap()).unwrap();
    }

    fn with_two_records(file: &Path) -> Connection {
        let database = open(Some(file)).unwrap();
        create_tables(&database, &Template::load().unwrap()).unwrap();
        put(&database, "1");
        put(&database, "2");
        Connection::open(file).unwrap()
    }

    #[test]
    fn what_is_asked_of_the_records_uses_the_index() {
        let folder = tempfile::tempdir().unwrap();
        let records = with_two_records(&folder.path().join("db"));
        // As the database asks when it writes and when a stream is read.
        for asked in [
            "SELECT COALESCE(MAX(CAST(sequence_number AS INTEGER)), 0) + 1 FROM _stream_records
             WHERE table_name = 'entries'",
            "SELECT event_name FROM _stream_records WHERE table_name = 'entries' AND shard_id = 's'
             AND CAST(sequence_number AS INTEGER) > 1
             ORDER BY CAST(sequence_number AS INTEGER) ASC LIMIT 10",
        ] {
            let mut plan = records.prepare(&format!("EXPLAIN QUERY PLAN {asked}")).unwrap();
            let steps = plan.query_map([], |row| row.get::<_, String>("detail")).unwrap();
            let steps: Vec<_> = steps.map(Result::unwrap).collect();
            let searched = "INDEX stream_records_by_number (table_name=?";
            assert!(steps.len() == 1 && steps[0].contains(searched), "{steps:?}");
        }
    }

    #[test]
    fn a_record_stays_for_a_day() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("db");
        let records = with_two_records(&file);
        let left = || {
            let count = "SELECT count(*) FROM _stream_records";
            records.query_row(count, [], |row| row.get::<_, u64>(0)).unwrap()
        };
        let age = "UPDATE _stream_records SET created_at = created_at - ?1 WHERE id = 1";
        records.execute(age, [86_000]).unwrap();
        drop(open(Some(&file)).unwrap());
        assert_eq!(left(), 2);
        records.execute(age, [500]).unwrap();
        drop(open(Some(&file)).unwrap());
        assert_eq!(left(), 1);
    }

    #[test]
    fn a_database_in_memory_has_the_index_and_is_not_that_of_another() {
        let (one, other) = (open(None).unwrap(), open(None).unwrap());
        create_tables(&one, &Template::load().unwrap()).unwrap();
        put(&one, "1");
        assert_eq!((one.table_count().unwrap(), other.table_count().unwrap()), (2, 0));
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("copy");
        one.vacuum_into(&copy.to_string_lossy()).unwrap();
        let indexes = "SELECT count(*) FROM sqlite_master WHERE name = 'stream_records_by_number'";
        let count = Connection::open(copy).unwrap();
        assert_eq!(count.query_row(indexes, [], |row| row.get::<_, u64>(0)).unwrap(), 1);
    }
}
