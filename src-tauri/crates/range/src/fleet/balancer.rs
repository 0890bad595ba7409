//! The load balancer of an environment: a stable address that asks the next instance at each request, and the one after
//! where a connection is refused. It does not look at health: what an instance answers is passed on.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use http::{HeaderName, StatusCode};
use http_body_util::Full;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Instance;
use super::call::{self, NoAnswer};
use crate::error::RangeError;
use crate::serve::{self, Life};

/// Largest request body passed on, in bytes.
const LARGEST: usize = 1 << 20;
/// Headers that belong to one connection, RFC 9110 section 7.6.1.
const OF_THE_CONNECTION: [HeaderName; 4] =
    [http::header::CONNECTION, http::header::TRANSFER_ENCODING, http::header::UPGRADE, http::header::TE];

struct Front {
    environment: &'static str,
    instances: Vec<Arc<Instance>>,
    turn: AtomicUsize,
}

/// Starts it and gives its base URL.
pub(super) async fn start(
    environment: &'static str,
    port: u16,
    instances: Vec<Arc<Instance>>,
    stop: &CancellationToken,
    tasks: &TaskTracker,
) -> Result<String, RangeError> {
    let what = format!("{environment} load balancer");
    let listener = serve::listen(&what, port).await?;
    let port = listener.local_addr().map_err(|source| RangeError::Port { what, port, source })?.port();
    let front = Arc::new(Front { environment, instances, turn: AtomicUsize::new(0) });
    let router = Router::new().fallback(pass_on).with_state(front);
    tasks.spawn(serve::accept(listener, router, Life::until(stop), tasks.clone()));
    Ok(format!("http://127.0.0.1:{port}"))
}

async fn pass_on(State(front): State<Arc<Front>>, request: Request) -> Response {
    let (mut head, body) = request.into_parts();
    for name in &OF_THE_CONNECTION {
        head.headers.remove(name);
    }
    let Ok(body) = to_bytes(body, LARGEST).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let first = front.turn.fetch_add(1, Ordering::Relaxed);
    for step in 0..front.instances.len() {
        let Some(instance) = front.instances.get((first + step) % front.instances.len()) else {
            break;
        };
        let request = http::Request::from_parts(head.clone(), Full::new(body.clone()));
        match call::send(instance.port(), request).await {
            Ok(answer) => {
                let (mut head, body) = answer.into_parts();
                for name in &OF_THE_CONNECTION {
                    head.headers.remove(name);
                }
                return Response::from_parts(head, Body::from(body));
            }
            Err(NoAnswer::Refused) => {}
            Err(NoAnswer::TimedOut) => {
                return refuse(&front, StatusCode::GATEWAY_TIMEOUT, "the instance did not answer in time");
            }
            Err(NoAnswer::Broken(_)) if head.method == http::Method::GET => {}
            // It may have done its work: asking the next one could do it twice.
            Err(NoAnswer::Broken(_)) => {
                return refuse(&front, StatusCode::BAD_GATEWAY, "the instance broke the connection");
            }
        }
    }
    refuse(&front, StatusCode::BAD_GATEWAY, "no instance accepts connections")
}

fn refuse(front: &Front, status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "message": message, "environment": front.environment }))).into_response()
}
