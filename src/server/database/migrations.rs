//! The tables, a version a file. Append-only: what was released is never changed, only followed.

use sqlx::AnyPool;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, SqlSafeStr as _};

/// Number, name and statements of each version, from the first on.
pub const VERSIONS: [(i64, &str, &str); 9] = [
    (1, "accounts", include_str!("../../../migrations/0001_accounts.sql")),
    (2, "ledger", include_str!("../../../migrations/0002_ledger.sql")),
    (3, "mappings", include_str!("../../../migrations/0003_mappings.sql")),
    (4, "tokens", include_str!("../../../migrations/0004_tokens.sql")),
    (5, "entered", include_str!("../../../migrations/0005_entered.sql")),
    (6, "candles", include_str!("../../../migrations/0006_candles.sql")),
    (8, "reference rates", include_str!("../../../migrations/0008_reference_rates.sql")),
    (9, "ticks", include_str!("../../../migrations/0009_ticks.sql")),
    (10, "chosen instruments", include_str!("../../../migrations/0010_chosen.sql")),
];

/// Brings the tables to `target`, or as far as this program goes.
pub async fn run(pool: &AnyPool, target: i64) -> Result<(), MigrateError> {
    let wanted = VERSIONS.iter().filter(|(version, ..)| *version <= target);
    let migrations = wanted.map(|(version, name, sql)| {
        let sql = AssertSqlSafe(*sql).into_sql_str();
        Migration::new(*version, (*name).into(), MigrationType::Simple, sql, false)
    });
    Migrator::with_migrations(migrations.collect()).run(pool).await
}
