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

/// From when until when the certificate is valid that a port shows, in seconds since 1970; `None` where it speaks no TLS.
pub(super) async fn validity(host: &str, stream: TcpStream) -> Option<(i64, i64)> {
    let session = connect(host, stream, true).await.ok()?;
    let (_, state) = session.get_ref();
    dates(state.peer_certificates()?.first()?)
}

/// The two dates of a certificate, by the shape that X.509 gives it.
fn dates(certificate: &[u8]) -> Option<(i64, i64)> {
    let (_, whole, _) = part(certificate)?;
    let (_, mut rest, _) = part(whole)?;
    // Version (optional), serial number, algorithm and issuer stand before them.
    if rest.first() == Some(&0xa0) {
        rest = part(rest)?.2;
    }
    for _ in 0..3 {
        rest = part(rest)?.2;
    }
    let (_, validity, _) = part(rest)?;
    let (tag, begin, rest) = part(validity)?;
    let (end_tag, end, _) = part(rest)?;
    Some((moment(tag, begin)?, moment(end_tag, end)?))
}

/// One value of DER: its tag, its content, and what follows it.
fn part(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, mut rest) = rest.split_first()?;
    let mut length = usize::from(*first);
    if *first & 0x80 != 0 {
        let count = usize::from(first & 0x7f);
        if count > 4 {
            return None;
        }
        let (digits, after) = rest.split_at_checked(count)?;
        length = digits.iter().fold(0, |sum, d| sum << 8 | usize::from(*d));
        rest = after;
    }
    let (content, after) = rest.split_at_checked(length)?;
    Some((*tag, content, after))
}

/// `260203091407Z` or `20260203091407Z` as seconds since 1970.
fn moment(tag: u8, text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    let (year, rest) = text.split_at_checked(if tag == 0x17 { 2 } else { 4 })?;
    let year: i32 = year.parse().ok()?;
    let year = match tag {
        0x17 if year < 50 => 2000 + year,
        0x17 => 1900 + year,
        _ => year,
    };
    let number = |from: usize| rest.get(from..from + 2)?.parse::<u8>().ok();
    let month = time::Month::try_from(number(0)?).ok()?;
    let date = time::Date::from_calendar_date(year, month, number(2)?).ok()?;
    Some(date.with_hms(number(4)?, number(6)?, number(8)?).ok()?.assume_utc().unix_timestamp())
}

#[test]
fn the_dates_of_a_certificate_are_read() {
    let text = |tag: u8, text: &str| [&[tag, text.len() as u8], text.as_bytes()].concat();
    let sequence = |parts: &[Vec<u8>]| {
        let inner = parts.concat();
        [vec![0x30, 0x81, inner.len() as u8], inner].concat()
    };
    let validity = sequence(&[text(0x17, "250101000000Z"), text(0x18, "20500203091407Z")]);
    let head = [vec![0xa0, 3, 2, 1, 2], vec![2, 1, 5], sequence(&[]), sequence(&[])];
    let inner = sequence(&[&head[..], &[validity, sequence(&[])]].concat());
    assert_eq!(dates(&sequence(&[inner, sequence(&[])])), Some((1_735_689_600, 2_527_492_447)));
    assert_eq!(dates(b"no certificate"), None);
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
