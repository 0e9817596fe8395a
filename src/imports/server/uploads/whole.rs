//! Reading a brought file as that of a whole account: on a thread of its own, beside no more readings than a server bears.

use crate::imports::preview::Fault;
use crate::imports::server::limits::FILE_BYTES;
use crate::imports::server::text::whole_file;
use crate::imports::server::uploads::Uploads;
use crate::imports::server::uploads::upload::Upload;
use crate::imports::server::whole::{Whole, read};
use std::sync::Arc;

impl Uploads {
    /// What the file holds, or everything that is wrong with it.
    ///
    /// # Errors
    /// The faults.
    pub async fn whole(&self, upload: &Arc<Upload>) -> Result<Whole, Vec<Fault>> {
        let lost = || vec![whole_file("the server lost it; bring it once more".to_owned())];
        let _reader = self.readers.acquire().await.map_err(|_| lost())?;
        let own = upload.clone();
        let reading = tokio::task::spawn_blocking(move || {
            let bytes = own.read().map_err(|error| {
                tracing::error!(%error, "a brought file cannot be read");
                lost()
            })?;
            read::whole(&bytes, FILE_BYTES)
        });
        reading.await.map_err(|_| lost())?
    }
}
