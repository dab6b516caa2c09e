//! A small HTTP server: a request in, an answer out, an upgrade where a WebSocket is wanted.
//! It never reads more than a body of 10 MB.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::ExitCode;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub type Answer = Response<Full<Bytes>>;

/// A request as the services read it.
pub struct Asked {
    pub method: Method,
    pub path: String,
    pub query: BTreeMap<String, String>,
    pub headers: hyper::HeaderMap,
    pub from: SocketAddr,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|v| v.to_str().ok())
    }
}

pub fn json(status: u16, body: &Value) -> Answer {
    answer(status, "application/json", body.to_string())
}

pub fn text(status: u16, body: &str) -> Answer {
    answer(status, "text/plain; charset=utf-8", body.to_owned())
}

fn answer(status: u16, kind: &str, body: String) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    *answer.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Ok(kind) = kind.parse() {
        answer.headers_mut().insert("content-type", kind);
    }
    answer.headers_mut().insert("server", hyper::header::HeaderValue::from_static("uvicorn"));
    answer
}

pub fn not_found() -> Answer {
    json(404, &json!({"detail": "Not Found"}))
}

/// Serves `handle` on a port until the process ends; an exit code where the port cannot be had.
pub async fn serve<H, F>(host: &str, port: u16, handle: H) -> ExitCode
where
    H: Fn(Asked, Request<Incoming>) -> F + Clone + 'static,
    F: Future<Output = Answer> + 'static,
{
    let listener = match TcpListener::bind((host, port)).await {
        Ok(listener) => listener,
        Err(error) => {
            super::log::plain(&format!(
                "ERROR:    [Errno 98] error while attempting to bind on address ('{host}', {port}): {error}"
            ));
            return ExitCode::FAILURE;
        }
    };
    let local = tokio::task::LocalSet::new();
    local
        .run_until(async move {
            loop {
                let Ok((stream, from)) = listener.accept().await else { continue };
                let handle = handle.clone();
                tokio::task::spawn_local(async move {
                    let service = service_fn(move |request: Request<Incoming>| {
                        let asked = asked(&request, from);
                        let handle = handle.clone();
                        async move { Ok::<_, std::convert::Infallible>(handle(asked, request).await) }
                    });
                    // A client that goes away in the middle is its own affair.
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .with_upgrades()
                        .await;
                });
            }
        })
        .await
}

fn asked(request: &Request<Incoming>, from: SocketAddr) -> Asked {
    let query = request.uri().query().unwrap_or_default();
    Asked {
        method: request.method().clone(),
        path: request.uri().path().to_owned(),
        query: query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .collect(),
        headers: request.headers().clone(),
        from,
    }
}

/// Reads a body to its end, at most 10 MB of it.
pub async fn body(request: Request<Incoming>) -> Vec<u8> {
    let limited = Limited::new(request.into_body(), 10 * 1024 * 1024);
    limited.collect().await.map(|b| b.to_bytes().to_vec()).unwrap_or_default()
}

/// Some other program that has a port and knows nothing of the system.
pub async fn anything(port: u16) -> ExitCode {
    serve("0.0.0.0", port, |asked, _| async move {
        if asked.path == "/" { text(200, "It works!\n") } else { text(404, "404 page not found\n") }
    })
    .await
}
