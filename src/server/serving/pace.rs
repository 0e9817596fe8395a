//! The pace of a request's body: one that stalls, or drips, is not waited for.

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use hyper::body::{Body as _, Frame, SizeHint};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep};

/// Bytes a second that a body must come with at the least, once its first time is used up.
const SLOWEST: u64 = 1 << 10;
/// What is said then.
const LATE: &str = "The request came too slowly. Nothing was changed. Try again on a better connection.\n";

/// Stands around the routes: a body may stall for so long, and a second more for each kilobyte that came.
pub async fn paced(State(patience): State<Duration>, request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let late = Arc::new(AtomicBool::new(false));
    let request = request.map(|body| {
        Body::new(Paced {
            body,
            patience,
            late: late.clone(),
            taken: 0,
            waited: Duration::ZERO,
            since: None,
            until: Box::pin(sleep(patience)),
        })
    });
    let answer = next.run(request).await;
    if late.load(Ordering::Relaxed) {
        return (StatusCode::REQUEST_TIMEOUT, LATE).into_response();
    }
    answer
}

struct Paced {
    body: Body,
    patience: Duration,
    late: Arc<AtomicBool>,
    taken: u64,
    /// How long it was waited for. What its reader took for itself does not count.
    waited: Duration,
    since: Option<Instant>,
    until: Pin<Box<Sleep>>,
}

impl hyper::body::Body for Paced {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        let polled = Pin::new(&mut this.body).poll_frame(context);
        if let Poll::Ready(frame) = &polled {
            this.waited += this.since.take().map_or(Duration::ZERO, |since| since.elapsed());
            if let Some(Ok(frame)) = frame {
                this.taken += frame.data_ref().map_or(0, |data| data.len() as u64);
            }
            return polled;
        }
        if this.since.is_none() {
            let now = Instant::now();
            this.since = Some(now);
            let earned = this.patience + Duration::from_secs(this.taken / SLOWEST);
            this.until
                .as_mut()
                .reset(now + this.patience.min(earned.saturating_sub(this.waited)));
        }
        if this.until.as_mut().poll(context).is_pending() {
            return Poll::Pending;
        }
        this.late.store(true, Ordering::Relaxed);
        Poll::Ready(Some(Err(axum::Error::new(io::Error::from(io::ErrorKind::TimedOut)))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
