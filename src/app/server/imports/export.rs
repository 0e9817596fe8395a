//! Taking history out: files to keep.

use crate::app::server::desk::Desk;
use crate::imports::server::archive::{Archive, ArchivedPortfolio, write};
use crate::imports::server::export::{csv, ghostfolio};
use crate::imports::server::take_out::archived;
use crate::portfolio::server::ledger::LedgerError;
use crate::server::database::StorageError;
use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};

/// A file that can be had.
#[derive(Clone, Copy)]
enum Wanted {
    Json,
    Csv,
    Ghostfolio,
    LeftOut,
}

impl Wanted {
    fn named(name: &str) -> Option<(Self, &'static str)> {
        Some(match name {
            "finflow.json" => (Self::Json, "application/json"),
            "activities.csv" => (Self::Csv, "text/csv; charset=utf-8"),
            "ghostfolio.json" => (Self::Ghostfolio, "application/json"),
            "left-out.txt" => (Self::LeftOut, "text/plain; charset=utf-8"),
            _ => return None,
        })
    }

    fn bytes(self, portfolio: ArchivedPortfolio) -> anyhow::Result<Vec<u8>> {
        Ok(match self {
            Self::Json => write::bytes(Archive {
                portfolios: vec![portfolio],
                ..Archive::default()
            })?,
            Self::Csv => csv::bytes(&portfolio)?,
            Self::Ghostfolio => ghostfolio::export(&portfolio)?.bytes,
            Self::LeftOut => {
                let left = ghostfolio::export(&portfolio)?.left_out;
                let lines = left.iter().map(|(id, reason)| format!("{id}: {reason}\n"));
                let none = || "Nothing is left out.\n".to_owned();
                let text: String = lines.collect();
                if text.is_empty() { none() } else { text }.into_bytes()
            }
        })
    }
}

/// A file of a portfolio.
pub async fn download(desk: Desk, Path((id, file)): Path<(String, String)>) -> Response {
    desk.answer(async {
        let listed = desk.ledger().portfolio(desk.user(), &id).await?;
        let (wanted, kind) = Wanted::named(&file).ok_or(LedgerError::NotFound("file"))?;
        let failed = |error: anyhow::Error| {
            tracing::error!(%error, "an export");
            LedgerError::Storage(StorageError::Fault)
        };
        let portfolio = archived(desk.ledger(), desk.user(), &listed).await.map_err(failed)?;
        let bytes = tokio::task::spawn_blocking(move || wanted.bytes(portfolio)).await;
        let bytes = bytes.map_err(|error| failed(error.into()))?.map_err(failed)?;
        let head = [
            (header::CONTENT_TYPE, kind.to_owned()),
            (header::CONTENT_DISPOSITION, disposition(&listed.settings.name, &file)),
            (header::CACHE_CONTROL, "private, no-store".to_owned()),
        ];
        Ok((head, bytes).into_response())
    })
    .await
}

/// A name of plain letters, whatever the portfolio is called.
fn disposition(portfolio: &str, file: &str) -> String {
    let plain: String = portfolio
        .chars()
        .map(|one| {
            if one.is_ascii_alphanumeric() {
                one.to_ascii_lowercase()
            } else {
                '-'
            }
        })
        .take(60)
        .collect();
    let parts: Vec<_> = plain.split('-').filter(|part| !part.is_empty()).collect();
    let name = if parts.is_empty() {
        "portfolio".to_owned()
    } else {
        parts.join("-")
    };
    format!("attachment; filename=\"{name}-{file}\"")
}
