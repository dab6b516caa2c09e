//! TLS for the looks that speak it: one provider of algorithms, and the certificates this machine trusts.
//! It never accepts a certificate that the machine would not.

use std::sync::{Arc, Once};

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

static PROVIDER: Once = Once::new();

/// Makes ring the provider for everything in this process that speaks TLS.
pub(super) fn provide() {
    // Installing it twice is no error worth telling: the first one stays.
    PROVIDER.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
}

/// A TLS session with `host` over an open connection.
///
/// # Errors
/// Why there is none, in the words of the library: an unknown issuer, a wrong name, a peer that speaks no TLS.
pub(super) async fn connect(host: &str, stream: TcpStream) -> Result<TlsStream<TcpStream>, String> {
    provide();
    let config = ClientConfig::builder().with_platform_verifier().map_err(|e| e.to_string())?.with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).map_err(|e| e.to_string())?;
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.map_err(|e| e.to_string())
}
