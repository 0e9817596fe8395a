//! All rows of a database as lines of JSON, in the same form for SQLite and PostgreSQL, and back.
//!
//! The first line says the version of the tables. Then each table has a line with its name and columns, and a line a row. The last
//! line counts the rows: without it the file is not whole. Tables and their order are asked of the database itself, so that a
//! table of a later version is never forgotten.

use crate::server::database::{Database, Kind, VERSIONS};
use anyhow::{Context as _, bail, ensure};
use futures_util::TryStreamExt as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row as _};
use std::collections::{HashMap, HashSet};
use std::io::{BufRead, Write};

/// Version of the form that is written, and the newest that is read.
const FORM: u32 = 1;
/// Rows in a statement.
const ROWS: usize = 50;
/// What stays behind: who is signed in would be signed in again, and the tables' version is the program's own business.
const LEFT_OUT: [&str; 2] = ["sessions", "_sqlx_migrations"];

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    finflow_backup: u32,
    version: i64,
    made_at: i64,
}

/// What a table's rows begin with.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TableHead {
    table: String,
    columns: Vec<String>,
}

/// The last line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Foot {
    rows: u64,
}

/// A table with its columns, and whether each holds whole numbers.
#[derive(Clone, Debug)]
struct Table {
    name: String,
    columns: Vec<(String, bool)>,
}

impl Table {
    fn names(&self) -> String {
        let quoted: Vec<_> = self.columns.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        quoted.join(", ")
    }
}

impl Database {
    /// Writes every row as it was at one moment, and returns how many there are. Others read and write meanwhile.
    ///
    /// # Errors
    /// The database does not answer, or the writer takes nothing.
    pub async fn dump(&self, made_at: i64, out: &mut (impl Write + Send)) -> anyhow::Result<u64> {
        let mut reading = self.moment().await?;
        let version = version(&mut reading).await?.context("the database has no tables")?;
        let head = Head {
            finflow_backup: FORM,
            version,
            made_at,
        };
        line(out, &head)?;
        let mut rows = 0;
        for table in self.tables(&mut reading).await? {
            if LEFT_OUT.contains(&table.name.as_str()) {
                continue;
            }
            let columns = table.columns.iter().map(|(name, _)| name.clone()).collect();
            let named = TableHead {
                table: table.name.clone(),
                columns,
            };
            line(out, &named)?;
            let statement = format!("SELECT {} FROM \"{}\"", table.names(), table.name);
            let mut found = sqlx::query(AssertSqlSafe(statement)).fetch(&mut *reading);
            while let Some(row) = found.try_next().await? {
                line(out, &values(&row, &table)?)?;
                rows += 1;
            }
        }
        line(out, &Foot { rows })?;
        out.flush()?;
        reading.rollback().await?;
        Ok(rows)
    }

    /// Fills an empty database, or with `replace` one that is emptied first: whole, or nothing of it. Returns the rows.
    ///
    /// # Errors
    /// The lines are no whole backup, or of a newer program; the database is not empty, or of another version.
    pub async fn load(url: &str, source: &mut (impl BufRead + Send), replace: bool) -> anyhow::Result<u64> {
        let mut text = String::new();
        ensure!(next(source, &mut text)?, "the file is empty");
        let head: Head = serde_json::from_str(&text).map_err(|_| anyhow::anyhow!("the file is no backup of this program"))?;
        let newest = VERSIONS.iter().map(|(version, ..)| *version).max().unwrap_or_default();
        ensure!(
            head.finflow_backup == FORM && (1..=newest).contains(&head.version),
            "the backup is of a newer program: its tables have version {}, this program's {newest}",
            head.version
        );
        // Rows of older tables go into older tables, and are brought up with them.
        let database = Self::connect(url).await.map_err(anyhow::Error::msg)?;
        let mut asking = database.read.acquire().await?;
        let there = version(&mut asking).await?;
        drop(asking);
        match there {
            None => super::migrations::run(&database.write, head.version).await?,
            Some(there) if there == head.version => {}
            Some(there) => bail!(
                "the backup's tables have version {}, those of the database {there}: restore into a new, empty database",
                head.version
            ),
        }
        let mut change = database.write().await?;
        let tables = database.tables(&mut change).await?;
        if replace {
            for table in tables.iter().rev().filter(|table| table.name != LEFT_OUT[1]) {
                sqlx::query(AssertSqlSafe(format!("DELETE FROM \"{}\"", table.name)))
                    .execute(&mut *change)
                    .await?;
            }
        } else {
            for table in tables.iter().filter(|table| table.name != LEFT_OUT[1]) {
                let statement = format!("SELECT 1 FROM \"{}\" LIMIT 1", table.name);
                let any = sqlx::query(AssertSqlSafe(statement)).fetch_optional(&mut *change).await?;
                ensure!(
                    any.is_none(),
                    "the database is not empty: {} has rows. --replace deletes all that is in it first",
                    table.name
                );
            }
        }
        let rows = fill(&mut change, &tables, source).await?;
        change.commit().await?;
        let said = super::migrations::run(&database.write, i64::MAX).await;
        said.context("the restored tables cannot be brought up to this version")?;
        database.close().await;
        Ok(rows)
    }

    /// The tables, each after those that it refers to.
    async fn tables(&self, connection: &mut AnyConnection) -> anyhow::Result<Vec<Table>> {
        let (names, references, columns) = match self.kind {
            Kind::Sqlite => (
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY name",
                "SELECT m.name, r.\"table\" FROM sqlite_master m, pragma_foreign_key_list(m.name) r WHERE m.type = 'table'",
                "SELECT m.name, c.name, LOWER(c.type) FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' \
                 ORDER BY m.name, c.cid",
            ),
            Kind::Postgres => (
                "SELECT CAST(table_name AS TEXT) FROM information_schema.tables \
                 WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY 1",
                "SELECT CAST(t.table_name AS TEXT), CAST(u.table_name AS TEXT) FROM information_schema.table_constraints t \
                 JOIN information_schema.constraint_table_usage u \
                 ON u.constraint_name = t.constraint_name AND u.constraint_schema = t.constraint_schema \
                 WHERE t.constraint_type = 'FOREIGN KEY' AND t.table_schema = current_schema()",
                "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT), CAST(data_type AS TEXT) FROM information_schema.columns \
                 WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position",
            ),
        };
        let names: Vec<(String,)> = sqlx::query_as(names).fetch_all(&mut *connection).await?;
        let references: Vec<(String, String)> = sqlx::query_as(references).fetch_all(&mut *connection).await?;
        let kinds: Vec<(String, String, String)> = sqlx::query_as(columns).fetch_all(&mut *connection).await?;
        let mut columns: HashMap<String, Vec<(String, bool)>> = HashMap::new();
        for (table, column, kind) in kinds {
            let is_number = matches!(kind.as_str(), "bigint" | "integer");
            let is_left_out = LEFT_OUT.contains(&table.as_str());
            ensure!(
                is_number || kind == "text" || is_left_out,
                "the column {column} of {table} is of the type {kind}, which no backup holds"
            );
            columns.entry(table).or_default().push((column, is_number));
        }
        let mut waiting: Vec<String> = names.into_iter().map(|(name,)| name).collect();
        let mut placed: HashSet<String> = HashSet::new();
        let mut tables = vec![];
        while !waiting.is_empty() {
            let is_free = |name: &String| {
                let mut to = references.iter().filter(|(from, to)| from == name && to != name);
                to.all(|(_, to)| placed.contains(to))
            };
            let (free, rest): (Vec<_>, Vec<_>) = waiting.into_iter().partition(is_free);
            ensure!(!free.is_empty(), "the tables {} refer to each other in a circle", rest.join(", "));
            for name in free {
                let columns = columns.remove(&name).unwrap_or_default();
                placed.insert(name.clone());
                tables.push(Table { name, columns });
            }
            waiting = rest;
        }
        Ok(tables)
    }
}

/// The version of the tables; `None` where there are none.
async fn version(connection: &mut AnyConnection) -> anyhow::Result<Option<i64>> {
    match sqlx::query_as::<_, (Option<i64>,)>("SELECT MAX(version) FROM _sqlx_migrations WHERE success")
        .fetch_one(connection)
        .await
    {
        Ok((version,)) => Ok(version),
        // There is no such table: nothing was ever kept here.
        Err(sqlx::Error::Database(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn line(out: &mut impl Write, value: &impl Serialize) -> anyhow::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")?;
    Ok(())
}

/// Reads the next line; `false` where there is none.
fn next(source: &mut impl BufRead, text: &mut String) -> anyhow::Result<bool> {
    text.clear();
    let read = source.read_line(text).context("the file is no backup, or is damaged")?;
    Ok(read > 0)
}

fn values(row: &AnyRow, table: &Table) -> anyhow::Result<Vec<Value>> {
    let one = |(at, (_, is_number)): (usize, &(String, bool))| {
        Ok(if *is_number {
            row.try_get::<Option<i64>, _>(at)?.map_or(Value::Null, Value::from)
        } else {
            row.try_get::<Option<String>, _>(at)?.map_or(Value::Null, Value::from)
        })
    };
    table.columns.iter().enumerate().map(one).collect()
}

/// Takes the rows of all tables, up to the last line.
async fn fill(change: &mut AnyConnection, tables: &[Table], source: &mut (impl BufRead + Send)) -> anyhow::Result<u64> {
    let mut text = String::new();
    let mut into: Option<Table> = None;
    let mut waiting: Vec<Vec<Value>> = vec![];
    let mut rows = 0;
    loop {
        ensure!(next(source, &mut text)?, "the file ends too early: it is not whole");
        let is_row = text.starts_with('[');
        if let Some(table) = &into
            && (!is_row || waiting.len() == ROWS)
        {
            insert(change, table, &waiting).await?;
            waiting.clear();
        }
        if is_row {
            let table = into.as_ref().context("a row stands before its table")?;
            let row: Vec<Value> = serde_json::from_str(&text).context("a row cannot be read")?;
            ensure!(
                row.len() == table.columns.len(),
                "a row of {} has not as many values as columns",
                table.name
            );
            waiting.push(row);
            rows += 1;
        } else if let Ok(foot) = serde_json::from_str::<Foot>(&text) {
            ensure!(
                foot.rows == rows,
                "the file says {} rows and has {rows}: it is not whole",
                foot.rows
            );
            // Behind the last line there is the end alone: reading on to it checks the sum over the whole file.
            ensure!(!next(source, &mut text)?, "the file goes on behind its last line");
            return Ok(rows);
        } else {
            let head: TableHead = serde_json::from_str(&text).context("a line is neither a table nor a row")?;
            let table = tables
                .iter()
                .find(|table| table.name == head.table && !LEFT_OUT.contains(&table.name.as_str()));
            let table = table.with_context(|| format!("there is no table {}", head.table))?;
            let columns = head.columns.iter().map(|name| {
                let known = table.columns.iter().find(|(known, _)| known == name);
                known.cloned().with_context(|| format!("{} has no column {name}", head.table))
            });
            into = Some(Table {
                name: head.table.clone(),
                columns: columns.collect::<anyhow::Result<_>>()?,
            });
        }
    }
}

async fn insert(change: &mut AnyConnection, table: &Table, rows: &[Vec<Value>]) -> anyhow::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let width = table.columns.len();
    let numbered = (0..rows.len()).map(|row| {
        let places: Vec<_> = (1..=width).map(|column| format!("${}", row * width + column)).collect();
        format!("({})", places.join(", "))
    });
    let numbered: Vec<_> = numbered.collect();
    let statement = format!("INSERT INTO \"{}\" ({}) VALUES {}", table.name, table.names(), numbered.join(", "));
    let mut query = sqlx::query(AssertSqlSafe(statement));
    for row in rows {
        for (value, (name, is_number)) in row.iter().zip(&table.columns) {
            query = match (value, is_number) {
                (Value::Null, true) => query.bind(None::<i64>),
                (Value::Null, false) => query.bind(None::<String>),
                (Value::Number(number), true) => query.bind(number.as_i64().with_context(|| format!("{name} is no whole number"))?),
                (Value::String(text), false) => query.bind(text.clone()),
                _ => bail!("{name} of {} has a value of another kind", table.name),
            };
        }
    }
    let done = query.execute(&mut *change).await;
    done.with_context(|| format!("rows of {} do not fit", table.name))?;
    Ok(())
}
