//! What an owner knows about instruments: descriptions, and prices of what has no market.

use crate::money::Decimal;
use crate::portfolio::described::{DescribedInstrument, KnownPrice};
use crate::portfolio::server::ledger::rows::insert;
use crate::portfolio::server::ledger::{Ledger, LedgerError, unreadable};
use crate::portfolio::settings::{self, Invalid, SECTOR_CHARACTERS, SYMBOL_CHARACTERS};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::AnyConnection;
use std::collections::{HashMap, HashSet};

/// Characters of an instrument's name.
const NAME_CHARACTERS: usize = 500;

/// Describes instruments; those that are described already keep their description.
pub async fn insert_instruments(
    connection: &mut AnyConnection,
    user: &str,
    change: Option<&str>,
    instruments: &[DescribedInstrument],
) -> Result<(), LedgerError> {
    let mut rows = Vec::with_capacity(instruments.len());
    for one in instruments {
        check(one)?;
        let body = serde_json::to_string(one).map_err(|error| unreadable("instrument", error))?;
        rows.push([
            Some(user.to_owned()),
            Some(one.symbol.clone()),
            Some(body),
            change.map(str::to_owned),
        ]);
    }
    let into = "instruments (user_id, symbol, body, change_id)";
    insert(connection, into, "ON CONFLICT (user_id, symbol) DO NOTHING", rows).await?;
    Ok(())
}

/// Adds prices; `known` says what becomes of a day that has one.
pub async fn insert_prices(
    connection: &mut AnyConnection,
    user: &str,
    change: Option<&str>,
    prices: &[KnownPrice],
    known: &str,
) -> Result<(), LedgerError> {
    let rows = prices.iter().map(|one| {
        [
            Some(user.to_owned()),
            Some(one.symbol.clone()),
            Some(one.day.to_string()),
            Some(one.price.to_string()),
            one.currency.clone(),
            change.map(str::to_owned),
        ]
    });
    let rows = rows.collect();
    let into = "prices (user_id, symbol, day, price, currency, change_id)";
    insert(connection, into, &format!("ON CONFLICT (user_id, symbol, day) {known}"), rows).await?;
    Ok(())
}

/// Whether every field of an instrument is within its bounds.
///
/// # Errors
/// The first that is not.
pub fn check(one: &DescribedInstrument) -> Result<(), Invalid> {
    settings::text("symbol", &one.symbol, 1, SYMBOL_CHARACTERS)?;
    settings::text("name", &one.name, 0, NAME_CHARACTERS)?;
    settings::text("sector", &one.sector, 0, SECTOR_CHARACTERS)?;
    if let Some(code) = one.country.as_deref().filter(|code| country_name(code).is_none()) {
        return Err(Invalid::new(
            "country",
            format!("there is no country {code}; two letters of ISO 3166 are accepted, as in DE"),
        ));
    }
    one.currency.as_ref().map_or(Ok(()), |code| settings::currency("currency", code))
}

/// The short English name of a country, by the two letters of its code.
pub fn country_name(code: &str) -> Option<&'static str> {
    rust_iso3166::from_alpha2(code).map(|country| country.name)
}

/// Whether prices can be kept.
///
/// # Errors
/// The first field that cannot.
pub fn check_prices(prices: &[KnownPrice]) -> Result<(), Invalid> {
    for one in prices {
        settings::text("symbol", &one.symbol, 1, SYMBOL_CHARACTERS)?;
        one.currency.as_ref().map_or(Ok(()), |code| settings::currency("currency", code))?;
        if one.price < Decimal::ZERO {
            return Err(Invalid::new("price", "below zero"));
        }
    }
    Ok(())
}

/// The instruments that a user described, by symbol.
pub async fn instruments(connection: &mut AnyConnection, user: &str) -> Result<Vec<DescribedInstrument>, LedgerError> {
    let rows: Vec<(String,)> = sqlx::query_as("SELECT body FROM instruments WHERE user_id = $1 ORDER BY symbol")
        .bind(user)
        .fetch_all(connection)
        .await?;
    let read = |body: &str| serde_json::from_str(body).map_err(|error| unreadable("instrument", error));
    rows.iter().map(|(body,)| read(body)).collect()
}

/// The prices that a user knows, by symbol and day.
pub async fn prices(connection: &mut AnyConnection, user: &str) -> Result<Vec<KnownPrice>, LedgerError> {
    let rows: Vec<(String, String, String, Option<String>)> =
        sqlx::query_as("SELECT symbol, day, price, currency FROM prices WHERE user_id = $1 ORDER BY symbol, day")
            .bind(user)
            .fetch_all(connection)
            .await?;
    let read = |(symbol, day, price, currency): (String, String, String, _)| {
        let day: NaiveDate = day.parse().map_err(|error| unreadable("day of a price", error))?;
        let price: Decimal = price.parse().map_err(|error| unreadable("price", error))?;
        Ok(KnownPrice {
            symbol,
            day,
            price,
            currency,
        })
    };
    rows.into_iter().map(read).collect()
}

impl Ledger {
    /// The instruments that a user described.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn instruments(&self, user: &str) -> Result<Vec<DescribedInstrument>, LedgerError> {
        instruments(&mut *self.database.read().acquire().await?, user).await
    }

    /// Describes an instrument anew.
    ///
    /// # Errors
    /// A field is beyond its bound.
    pub async fn describe(&self, user: &str, instrument: &DescribedInstrument) -> Result<(), LedgerError> {
        let mut change = self.database.write().await?;
        let gone = sqlx::query("DELETE FROM instruments WHERE user_id = $1 AND symbol = $2");
        gone.bind(user).bind(&instrument.symbol).execute(&mut *change).await?;
        insert_instruments(&mut change, user, None, std::slice::from_ref(instrument)).await?;
        change.commit().await?;
        self.tell(user, None);
        Ok(())
    }

    /// The prices that a user knows, by symbol and day.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn prices(&self, user: &str) -> Result<Vec<KnownPrice>, LedgerError> {
        prices(&mut *self.database.read().acquire().await?, user).await
    }

    /// When each price was entered, by its symbol and day, as far as it is known.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn entered(&self, user: &str) -> Result<HashMap<(String, NaiveDate), DateTime<Utc>>, LedgerError> {
        let rows: Vec<(String, String, i64)> =
            sqlx::query_as("SELECT symbol, day, entered_at FROM prices WHERE user_id = $1 AND entered_at IS NOT NULL")
                .bind(user)
                .fetch_all(self.database.read())
                .await?;
        let read = |(symbol, day, at): (String, String, i64)| {
            let day: NaiveDate = day.parse().map_err(|error| unreadable("day of a price", error))?;
            Ok(((symbol, day), DateTime::from_timestamp_millis(at).unwrap_or_default()))
        };
        rows.into_iter().map(read).collect()
    }

    /// Sets prices; a day that has one gets the new one.
    ///
    /// # Errors
    /// A price is below zero, or a symbol or a currency cannot be accepted.
    pub async fn price(&self, user: &str, prices: &[KnownPrice]) -> Result<(), LedgerError> {
        check_prices(prices)?;
        let mut change = self.database.write().await?;
        let known = "DO UPDATE SET price = excluded.price, currency = excluded.currency, change_id = NULL";
        insert_prices(&mut change, user, None, prices, known).await?;
        for one in prices {
            let entered = sqlx::query("UPDATE prices SET entered_at = $1 WHERE user_id = $2 AND symbol = $3 AND day = $4");
            let entered = entered.bind(self.now()).bind(user).bind(&one.symbol).bind(one.day.to_string());
            entered.execute(&mut *change).await?;
        }
        change.commit().await?;
        self.tell(user, None);
        Ok(())
    }

    /// Forgets a price.
    ///
    /// # Errors
    /// There is none of that day.
    pub async fn forget_price(&self, user: &str, symbol: &str, day: NaiveDate) -> Result<(), LedgerError> {
        let mut change = self.database.write().await?;
        let gone = sqlx::query("DELETE FROM prices WHERE user_id = $1 AND symbol = $2 AND day = $3");
        let gone = gone.bind(user).bind(symbol).bind(day.to_string()).execute(&mut *change).await?;
        if gone.rows_affected() == 0 {
            return Err(LedgerError::NotFound("price"));
        }
        change.commit().await?;
        self.tell(user, None);
        Ok(())
    }

    /// Each symbol in a user's ledgers, with the number of activities that name it.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn symbols(&self, user: &str) -> Result<Vec<(String, u64)>, LedgerError> {
        let rows: Vec<(String, i64)> = sqlx::query_as(
            "SELECT symbol, COUNT(*) FROM activities WHERE symbol IS NOT NULL AND portfolio_id IN \
             (SELECT id FROM portfolios WHERE user_id = $1) GROUP BY symbol ORDER BY symbol",
        )
        .bind(user)
        .fetch_all(self.database.read())
        .await?;
        Ok(rows.into_iter().map(|(symbol, count)| (symbol, count.unsigned_abs())).collect())
    }

    /// Every label that anybody's portfolios and descriptions use for an instrument, and the market's labels that they say for them.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn labels_of_all(&self) -> Result<HashSet<String>, LedgerError> {
        let rows: Vec<(String,)> = sqlx::query_as(
            "SELECT symbol FROM activities WHERE symbol IS NOT NULL UNION SELECT symbol FROM instruments \
             UNION SELECT symbol FROM prices UNION SELECT benchmark FROM portfolios WHERE benchmark IS NOT NULL",
        )
        .fetch_all(self.database.read())
        .await?;
        let mut labels: HashSet<String> = rows.into_iter().map(|(symbol,)| symbol).collect();
        let described: Vec<(String,)> = sqlx::query_as("SELECT body FROM instruments WHERE body LIKE '%\"alias\":\"%'")
            .fetch_all(self.database.read())
            .await?;
        for (body,) in described {
            let one: DescribedInstrument = serde_json::from_str(&body).map_err(|error| unreadable("instrument", error))?;
            labels.extend(one.alias);
        }
        Ok(labels)
    }

    /// Forgets an instrument's description and its prices.
    ///
    /// # Errors
    /// There is none.
    pub async fn forget(&self, user: &str, symbol: &str) -> Result<(), LedgerError> {
        let mut change = self.database.write().await?;
        let gone = sqlx::query("DELETE FROM instruments WHERE user_id = $1 AND symbol = $2");
        let gone = gone.bind(user).bind(symbol).execute(&mut *change).await?;
        if gone.rows_affected() == 0 {
            return Err(LedgerError::NotFound("instrument"));
        }
        let prices = sqlx::query("DELETE FROM prices WHERE user_id = $1 AND symbol = $2");
        prices.bind(user).bind(symbol).execute(&mut *change).await?;
        change.commit().await?;
        self.tell(user, None);
        Ok(())
    }
}
