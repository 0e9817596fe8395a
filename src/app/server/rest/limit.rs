//! How often a token may call.

use crate::app::server::rest::problem::{Kind, Problem};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use std::num::NonZeroU32;
use std::sync::Arc;

/// Tokens whose use is remembered before those at rest are forgotten.
const REMEMBERED: usize = 1_000;

type Limiter = RateLimiter<String, HashMapStateStore<String>, DefaultClock, StateInformationMiddleware>;

/// How often each token may call. Cheap to clone.
#[derive(Clone)]
pub struct Limits {
    limiter: Arc<Limiter>,
    a_minute: NonZeroU32,
}

/// What a token has left.
pub struct Allowance {
    a_minute: u32,
    left: u32,
}

impl Limits {
    /// So many requests a minute, for each token. All of them may come at once.
    pub fn new(a_minute: NonZeroU32) -> Self {
        let limiter = RateLimiter::hashmap(Quota::per_minute(a_minute)).with_middleware();
        Self {
            limiter: Arc::new(limiter),
            a_minute,
        }
    }

    /// Takes one request of a token's allowance.
    pub fn take(&self, token: &str) -> Result<Allowance, Box<Problem>> {
        if self.limiter.len() > REMEMBERED {
            self.limiter.retain_recent();
        }
        let a_minute = self.a_minute.get();
        match self.limiter.check_key(&token.to_owned()) {
            Ok(state) => Ok(Allowance {
                a_minute,
                left: state.remaining_burst_capacity(),
            }),
            Err(not_until) => {
                let wait = not_until.wait_time_from(DefaultClock::default().now()).as_secs() + 1;
                let detail = format!("A token may send {a_minute} requests a minute. Try again in {wait} s.");
                let problem = Problem::new(Kind::TooManyRequests, detail)
                    .with(header::RETRY_AFTER, wait.to_string())
                    .with(POLICY, policy(a_minute))
                    .with(LEFT, format!("\"token\";r=0;t={wait}"));
                Err(Box::new(problem))
            }
        }
    }
}

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LEFT: HeaderName = HeaderName::from_static("ratelimit");

fn policy(a_minute: u32) -> String {
    format!("\"token\";q={a_minute};w=60")
}

impl Allowance {
    /// Tells it in the headers `RateLimit` and `RateLimit-Policy`.
    pub fn tell(&self, headers: &mut HeaderMap) {
        let lines = [(POLICY, policy(self.a_minute)), (LEFT, format!("\"token\";r={}", self.left))];
        for (name, value) in lines {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(name, value);
            }
        }
    }
}
