//! TLS for the looks that speak it: one provider of algorithms, and the certificates this machine trusts.
//! It never accepts a certificate that the machine would not, unless the command says so (`-k`).

use std::sync::{Arc, Once};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
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
pub(super) async fn connect(host: &str, stream: TcpStream, insecure: bool) -> Result<TlsStream<TcpStream>, String> {
    provide();
    let config = if insecure {
        ClientConfig::builder().dangerous().with_custom_certificate_verifier(Arc::new(Any)).with_no_client_auth()
    } else {
        ClientConfig::builder().with_platform_verifier().map_err(|e| e.to_string())?.with_no_client_auth()
    };
    let name = ServerName::try_from(host.to_owned()).map_err(|e| e.to_string())?;
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.map_err(|e| e.to_string())
}

/// Takes any certificate, as `-k` asks for: a look says nothing that has to be kept from others.
#[derive(Debug)]
struct Any;

impl ServerCertVerifier for Any {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        rustls::crypto::ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}
