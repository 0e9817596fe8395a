//! Files come in: written to the disk as they come, counted, and never held in memory whole.

use crate::app::server::desk::{Desk, to};
use crate::app::server::imports::page;
use crate::imports::server::limits::FILE_BYTES;
use crate::imports::server::uploads::PER_USER;
use crate::imports::server::uploads::space::{NoRoom, Space};
use crate::imports::view::files::Said;
use crate::portfolio::server::ledger::LedgerError;
use axum::extract::Path;
use axum::extract::multipart::{Field, Multipart};
use axum::http::StatusCode;
use axum::response::Response;
use std::fs::File;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::time::timeout;

/// How long a browser may send nothing.
const SILENCE: Duration = Duration::from_secs(60);
/// Bytes that are still listened to, and thrown away, so that a browser hears why a file was refused.
const LISTENED: usize = 512 << 20;
/// Characters of a file's name.
const NAME: usize = 120;

/// Why files were not taken.
pub struct Refused(pub StatusCode, pub String);

fn refused(status: StatusCode, text: impl Into<String>) -> Refused {
    Refused(status, text.into())
}

/// Takes files, and leads to what they become.
pub async fn receive(desk: Desk, Path(id): Path<String>, multipart: Multipart) -> Response {
    desk.answer(async {
        desk.ledger().portfolio(desk.user(), &id).await?;
        match take(&desk, &id, multipart).await {
            Ok(kept) => match kept.as_slice() {
                [only] => Ok(to(&format!("/portfolios/{id}/import/{only}/"))),
                _ => Ok(to(&format!("/portfolios/{id}/import/#waiting"))),
            },
            Err(Refused(status, text)) => said(&desk, &id, status, text).await,
        }
    })
    .await
}

async fn said(desk: &Desk, id: &str, status: StatusCode, text: String) -> Result<Response, LedgerError> {
    let text = text + " Nothing was changed.";
    page(desk, id, status, Some(Said { wrong: true, text })).await
}

/// Takes each file, and returns their identities.
///
/// # Errors
/// One was not taken: none is kept.
pub async fn take(desk: &Desk, portfolio: &str, mut multipart: Multipart) -> Result<Vec<String>, Refused> {
    let mut kept = vec![];
    let mut wrong = None;
    let mut heard = 0;
    loop {
        let next = timeout(SILENCE, multipart.next_field()).await;
        let broken = || refused(StatusCode::BAD_REQUEST, "The files did not come whole. Send them again.");
        let Some(mut field) = next.map_err(|_| broken())?.map_err(|_| broken())? else {
            break;
        };
        let name = name(field.file_name().unwrap_or_default());
        if field.file_name().is_none_or(str::is_empty) {
            continue;
        }
        if kept.len() >= PER_USER {
            let text = format!("More than {PER_USER} files came at once. Send fewer.");
            wrong.get_or_insert(refused(StatusCode::PAYLOAD_TOO_LARGE, text));
        }
        if wrong.is_none() {
            match store(desk, &mut field, &mut heard, &name).await {
                Ok(file) => {
                    let upload = desk.uploads().keep((desk.user(), portfolio), &name, file).map_err(no_room)?;
                    kept.push(upload);
                    continue;
                }
                Err(reason) => wrong = Some(reason),
            }
        }
        while let Ok(Ok(Some(chunk))) = timeout(SILENCE, field.chunk()).await {
            heard += chunk.len();
            if heard > LISTENED {
                break;
            }
        }
        if heard > LISTENED {
            break;
        }
    }
    if let Some(reason) = wrong {
        kept.iter().for_each(|upload| desk.uploads().drop_one(upload));
        return Err(reason);
    }
    if kept.is_empty() {
        return Err(refused(StatusCode::UNPROCESSABLE_ENTITY, "No file was chosen."));
    }
    Ok(kept.iter().map(|upload| upload.id.clone()).collect())
}

/// Writes a file to the disk, where it has no name: it is gone when nobody holds it.
async fn store(desk: &Desk, field: &mut Field<'_>, heard: &mut usize, name: &str) -> Result<(File, Space), Refused> {
    let broken = |_| refused(StatusCode::BAD_REQUEST, "The file did not come whole. Send it again.");
    let disk = |error: std::io::Error| {
        tracing::warn!(%error, "a file cannot be kept");
        refused(
            StatusCode::INSUFFICIENT_STORAGE,
            "The server has no room on its disk for files. Make room, then try again.",
        )
    };
    let file = tokio::task::spawn_blocking(tempfile::tempfile).await;
    let file = file.map_err(|error| disk(std::io::Error::other(error)))?.map_err(disk)?;
    let mut file = tokio::fs::File::from_std(file);
    let mut space = desk.uploads().space(desk.user());
    loop {
        let chunk = timeout(SILENCE, field.chunk()).await;
        let chunk = chunk.map_err(|_| refused(StatusCode::REQUEST_TIMEOUT, "The file stopped coming. Send it again."))?;
        let Some(chunk) = chunk.map_err(|_| broken(()))? else { break };
        *heard += chunk.len();
        if space.bytes() + chunk.len() > FILE_BYTES {
            let text = format!(
                "{name} is larger than {} MiB. Split it, or export a shorter time.",
                FILE_BYTES >> 20
            );
            return Err(refused(StatusCode::PAYLOAD_TOO_LARGE, text));
        }
        desk.uploads().grow(&mut space, desk.user(), chunk.len()).map_err(no_room)?;
        file.write_all(&chunk).await.map_err(disk)?;
    }
    file.flush().await.map_err(disk)?;
    Ok((file.into_std().await, space))
}

fn no_room(_: NoRoom) -> Refused {
    let text = "Many files wait on this server. Apply or cancel yours, or try again in a few minutes.";
    refused(StatusCode::SERVICE_UNAVAILABLE, text)
}

/// The last part of a path, without what cannot stand in a label.
fn name(sent: &str) -> String {
    let last = sent.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = last.chars().filter(|one| !one.is_control()).take(NAME).collect();
    let plain = plain.trim();
    if plain.is_empty() { "file".to_owned() } else { plain.to_owned() }
}
