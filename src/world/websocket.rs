//! A WebSocket handshake, and what came of it.
//! It never sends a message, and closes what it opened.

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::{net_failure, tls};
use crate::probe::{NetFailure, Reading, WebSocketReading, WebSocketResult};

/// How long the first message is waited for.
const FIRST: Duration = Duration::from_secs(1);

/// Opens, looks, closes.
pub(super) async fn open(url: &str, headers: &[(String, String)], insecure: bool, limit: Duration) -> Reading {
    let result = match tokio::time::timeout(limit, handshake(url, headers, insecure)).await {
        Ok(result) => result,
        Err(_) => WebSocketResult::Failed { why: NetFailure::TimedOut, text: "no answer in time".into() },
    };
    Reading::WebSocket(WebSocketReading { url: url.into(), result })
}

async fn handshake(url: &str, headers: &[(String, String)], insecure: bool) -> WebSocketResult {
    let started = Instant::now();
    let mut request = match url.into_client_request() {
        Ok(request) => request,
        Err(error) => return WebSocketResult::Failed { why: NetFailure::Other, text: error.to_string() },
    };
    for (name, value) in headers.iter().filter(|(n, _)| {
        !n.to_lowercase().starts_with("sec-websocket")
            && !matches!(n.to_lowercase().as_str(), "connection" | "upgrade" | "host")
    }) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name.as_str()), HeaderValue::try_from(value.as_str())) {
            request.headers_mut().insert(name, value);
        }
    }
    let Some(host) = request.uri().host().map(|h| h.trim_matches(['[', ']']).to_owned()) else {
        return WebSocketResult::Failed { why: NetFailure::Other, text: "the address names no host".into() };
    };
    let secure = request.uri().scheme_str() == Some("wss");
    let port = request.uri().port_u16().unwrap_or(if secure { 443 } else { 80 });
    let plain = match TcpStream::connect((host.as_str(), port)).await {
        Ok(stream) => stream,
        Err(error) => return lost(&error),
    };
    if !secure {
        return exchange(request, plain, started).await;
    }
    match tls::connect(&host, plain, insecure).await {
        Ok(stream) => exchange(request, stream, started).await,
        Err(error) => WebSocketResult::Failed { why: NetFailure::Tls, text: error },
    }
}

fn lost(error: &std::io::Error) -> WebSocketResult {
    let text = error.to_string();
    let why = match net_failure(error) {
        NetFailure::Other if text.contains("lookup") || text.contains("resolve") => NetFailure::Name,
        why => why,
    };
    WebSocketResult::Failed { why, text }
}

async fn exchange<S: AsyncRead + AsyncWrite + Unpin>(request: Request, stream: S, started: Instant) -> WebSocketResult {
    match client_async(request, stream).await {
        Ok((mut socket, _)) => {
            let ms = started.elapsed().as_secs_f64() * 1000.0;
            let first = match tokio::time::timeout(FIRST, socket.next()).await {
                Ok(Some(Ok(Message::Close(frame)))) => {
                    let (code, reason) =
                        frame.map_or((None, String::new()), |f| (Some(u16::from(f.code)), f.reason.to_string()));
                    return WebSocketResult::Closed { code, reason };
                }
                Ok(Some(Ok(Message::Text(text)))) => Some(crate::text::shorten(&text, 200)),
                Ok(None | Some(Err(_))) => {
                    return WebSocketResult::Closed { code: None, reason: "the connection ended at once".into() };
                }
                _ => None,
            };
            // Whether the goodbye arrives changes nothing of what was seen.
            let _ = tokio::time::timeout(Duration::from_millis(200), socket.close(None)).await;
            WebSocketResult::Opened { ms, first }
        }
        Err(Error::Http(response)) => WebSocketResult::Refused {
            status: response.status().as_u16(),
            headers: response
                .headers()
                .iter()
                .map(|(k, v)| (k.as_str().to_owned(), String::from_utf8_lossy(v.as_bytes()).into_owned()))
                .collect(),
            body: response
                .body()
                .as_ref()
                .map(|b| crate::text::shorten(&String::from_utf8_lossy(b), 400))
                .unwrap_or_default(),
        },
        Err(Error::Io(error)) => lost(&error),
        Err(error) => WebSocketResult::Failed { why: NetFailure::Protocol, text: error.to_string() },
    }
}
