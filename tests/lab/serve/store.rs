//! Redis and PostgreSQL as the backend uses them: lazy connections that come back, and errors in the system's words.
//! It never keeps a connection that failed.

use redis::aio::MultiplexedConnection;
use redis::{Cmd, FromRedisValue, RedisError};
use tokio::sync::Mutex;
use tokio_postgres::NoTls;
use tokio_postgres::types::ToSql;

/// A Redis that may be away.
pub struct Redis {
    url: String,
    place: String,
    connection: Mutex<Option<MultiplexedConnection>>,
}

impl Redis {
    pub fn new(url: String, place: String) -> Redis {
        Redis { url, place, connection: Mutex::new(None) }
    }

    /// Asks one command, with a new connection where the old one is gone.
    pub async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, String> {
        let mut slot = self.connection.lock().await;
        if slot.is_none() {
            let client = redis::Client::open(self.url.as_str()).map_err(|e| self.said(&e))?;
            let limit = std::time::Duration::from_secs(2);
            let made = tokio::time::timeout(limit, client.get_multiplexed_async_connection()).await;
            *slot =
                Some(made.map_err(|_| format!("Timeout connecting to {}", self.place))?.map_err(|e| self.said(&e))?);
        }
        let Some(connection) = slot.as_mut() else {
            return Err("Redis client not connected. Call connect() first.".into());
        };
        match command.query_async(connection).await {
            Ok(value) => Ok(value),
            Err(error) => {
                if error.is_io_error() || error.is_connection_dropped() || error.is_timeout() {
                    *slot = None;
                }
                Err(self.said(&error))
            }
        }
    }

    /// The error as redis-py words it.
    fn said(&self, error: &RedisError) -> String {
        let text = error.to_string();
        if error.is_connection_refusal() || text.contains("refused") {
            return format!("Error 111 connecting to {}. Connection refused.", self.place);
        }
        if text.contains("lookup") || text.contains("resolve") || text.contains("Name or service") {
            return format!("Error -2 connecting to {}. Name or service not known.", self.place);
        }
        if error.is_timeout() {
            return format!("Timeout reading from {}", self.place);
        }
        if error.is_io_error() || error.is_connection_dropped() {
            return format!("Error while reading from {}: (104, 'Connection reset by peer')", self.place);
        }
        if text.contains("WRONGPASS")
            || text.contains("invalid username-password")
            || text.contains("Password authentication failed")
        {
            return "WRONGPASS invalid username-password pair or user is disabled.".into();
        }
        if text.contains("NOAUTH") || text.contains("Authentication required") {
            return "NOAUTH Authentication required.".into();
        }
        match error.code() {
            Some(code) => format!("{code} {}", error.detail().unwrap_or_default()),
            None => text,
        }
    }
}

/// A PostgreSQL that may be away.
pub struct Database {
    url: String,
    client: Mutex<Option<tokio_postgres::Client>>,
}

impl Database {
    pub fn new(url: String) -> Database {
        Database { url, client: Mutex::new(None) }
    }

    /// Runs one statement and gives its rows.
    pub async fn query(&self, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Result<Vec<tokio_postgres::Row>, String> {
        let mut slot = self.client.lock().await;
        if slot.as_ref().is_none_or(tokio_postgres::Client::is_closed) {
            let (client, connection) = tokio_postgres::connect(&self.url, NoTls).await.map_err(|e| said(&e))?;
            tokio::spawn(connection);
            *slot = Some(client);
        }
        let Some(client) = slot.as_ref() else { return Err("no connection".into()) };
        client.query(sql, values).await.map_err(|e| said(&e))
    }
}

/// The error as asyncpg and the server word it.
fn said(error: &tokio_postgres::Error) -> String {
    if let Some(db) = error.as_db_error() {
        return format!("{}:  {}", db.severity(), db.message());
    }
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        text = format!("{text}: {inner}");
        source = inner.source();
    }
    if text.contains("refused") {
        return "ConnectionRefusedError: [Errno 111] Connect call failed (postgres:5432): Connection refused".into();
    }
    if text.contains("lookup") || text.contains("resolve") || text.contains("Name or service") {
        return "socket.gaierror: [Errno -2] Name or service not known (postgres:5432)".into();
    }
    text
}
