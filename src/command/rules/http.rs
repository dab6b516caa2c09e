//! HTTP and TLS by their clients: the method and the options decide.
//! It never lets through an option that writes a local file, sends one, or asks a server to change something.

use super::options::Given;
use super::{Asked, Call, ENDLESS, Mark, Rule, SECRETS};

pub(super) const RULES: &[Rule] = &[
    Rule::reads(
        "curl",
        "it only asks a server",
        "-sSfviIkLgGNq0123#4678aX:H:m:w:u:A:e:r:x:p:y:Y:z:U:l silent show-error fail fail-with-body verbose include head insecure location request= header= max-time= connect-timeout= write-out= user= user-agent= referer= range= get no-buffer http1.0 http1.1 http2 http2-prior-knowledge http3 compressed retry= retry-delay= retry-all-errors retry-connrefused retry-max-time= resolve= connect-to= cacert= capath= cert= key= cert-type= url= ipv4 ipv6 no-progress-meter noproxy= proxy= proxy-header= socks5= socks5-hostname= interface= max-redirs= tlsv1.2 tlsv1.3 tlsv1.0 tlsv1.1 tls-max= ciphers= disable globoff path-as-is no-keepalive oauth2-bearer= basic digest anyauth negotiate ntlm proto= proto-default= unix-socket= haproxy-protocol max-filesize= speed-limit= speed-time= parallel raw styled-output progress-bar keepalive-time= location-trusted no-sessionid tcp-nodelay limit-rate= happy-eyeballs-timeout-ms= request-target= version help",
    )
    .marks(&[
        Mark::flag("-E: cert=", super::NONE),
        Mark::destroys("-O remote-name remote-name-all -J remote-header-name output-dir= create-dirs", "it writes what it gets into a file"),
        Mark::changes("-T: upload-file= -F: form= form-string=", "it sends a file or a form"),
        Mark::destroys("-D: dump-header= -c: cookie-jar= trace= trace-ascii= stderr= etag-save= hsts= alt-svc= libcurl=", "it writes a file"),
        Mark::changes("-K: config= netrc-file= engine= telnet-option= -Q: quote= prequote= postquote=", "it takes further options or commands from elsewhere"),
        Mark::flag("-o: output= -d: data= data-raw= data-binary= data-urlencode= data-ascii= json= url-query= -b: cookie=", super::NONE),
    ])
    .takes_words()
    .words(curl)
    .must(&[
        "curl -v http://x/",
        "curl -s -X OPTIONS -H 'Origin: a' http://x",
        "curl -o /dev/null -sS -w '%{http_code}' x",
        "curl -fsSL x",
        "curl -I x",
        "curl -XGET x",
        "curl -sG http://prom:9090/api/v1/query --data-urlencode 'query=up'",
        "curl -XPOST prom:9090/api/v1/query -d query=up",
        "curl http://x/api?limit=1",
        "curl -sk --cacert a --cert b --key c https://x/metrics",
        "curl -X POST http://es:9200/idx/_search -H 'Content-Type: application/json' -d '{\"size\":1}'",
        "curl -u a:b x",
    ])
    .must_not(&[
        "curl -so /etc/x URL",
        "curl -K f",
        "curl -X POST x",
        "curl -d a=b x",
        "curl -O x",
        "curl -T f x",
        "curl --out f x",
        "curl -H @f x",
        "curl file:///etc/shadow",
        "curl -X DELETE x",
        "curl --json '{}' x",
        "curl -F a=@f x",
        "curl -D f x",
        "curl -c jar x",
        "curl -w '%output{f}' x",
        "curl --trace f x",
        "curl -G -d @f x",
        "curl -X PUT x",
        "curl -Xpost x",
        "curl http://169.254.169.254/latest/",
        "curl -sLo f x",
        "curl http://x -: -X DELETE y",
        "curl --next -X DELETE y",
        "curl telnet://x:25",
        "curl -d @/etc/passwd prom:9090/api/v1/query",
        "curl http://app:8080/admin/flush",
        "curl --libcurl f x",
        "curl -X POST http://x/_search/template_delete",
        "curl smtp://x --mail-from a",
    ]),
    Rule::reads("wget", "it only asks a server", "-qSd46nvT:t:U:w: quiet server-response timeout= tries= no-check-certificate no-verbose verbose user-agent= header= max-redirect= no-proxy connect-timeout= no-config inet4-only")
        .marks(&[Mark::flag("-O: output-document= spider", super::NONE)])
        .words(wget)
        .must(&["wget -qO- x", "wget --spider x", "wget -q -O - http://x", "wget -O /dev/null x", "wget -q --spider -T 2 x"])
        .must_not(&["wget x", "wget -qO f URL", "wget --post-data=a -O- x", "wget -O- -o log x", "wget -i f -O-", "wget -O- --use-askpass=x y", "wget -r x", "wget -O- -e robots=off x", "wget -O- --method=DELETE x"]),
    Rule::reads("http|https|xh", "it only asks a server", "-vhbjfa:A: verbose headers body verify= timeout= follow auth= json pretty= print= check-status ignore-stdin")
        .words(|_, given| {
            let mut words = given.words.as_slice();
            if let ["GET" | "HEAD" | "OPTIONS", rest @ ..] = words {
                words = rest;
            }
            match words {
                [_, rest @ ..] => rest.iter().find(|item| !item.contains("==") && !item.contains(':')).map(|item| Call::changes(item, "it sends data")),
                [] => Some(Call::changes("http", "there is no address")),
            }
            .or_else(|| given.words.first().filter(|w| matches!(**w, "POST" | "PUT" | "DELETE" | "PATCH")).map(|w| Call::changes(w, "this method asks the server to change something")))
            .or_else(|| given.words.iter().find(|w| w.contains(":=") || w.contains('@') && !w.contains("==")).map(|w| Call::changes(w, "it sends data")))
        })
        .must(&["http http://x/health", "http GET x", "http x q==1"])
        .must_not(&["http POST x a=b", "http x a=b", "http DELETE x", "http -d x", "http x a:=1"]),
    Rule::reads("grpcurl", "it only asks what a server offers", "plaintext insecure cacert= cert= key= authority= max-time= import-path= proto= H=").words(|_, given| (!given.words.iter().any(|w| matches!(*w, "list" | "describe"))).then(|| Call::changes("grpcurl", "it calls a method"))).must(&["grpcurl --plaintext h:1 list"]).must_not(&["grpcurl h:1 a.b/C"]),
    Rule::verbs("openssl", "").words(super::prompts),
    Rule::reads(
        "openssl x509|openssl crl|openssl verify|openssl version|openssl ciphers|openssl asn1parse|openssl dgst|openssl md5|openssl sha256|openssl sha1|openssl pkcs7|openssl crl2pkcs7|openssl ocsp|openssl s_time|openssl list|openssl errstr|openssl speed",
        "it only shows",
        "~ in= noout text dates subject issuer enddate startdate fingerprint serial modulus ext= checkend= checkhost= checkip= pubkey purpose hash issuer_hash subject_hash nameopt= inform= outform= sha256 sha1 md5 CAfile= CApath= untrusted= partial_chain verbose show_chain v a s tls1_2 tls1_3 print_certs certfile= nocrl i strparse= r c hex b d alias email ocspid ocsp_uri certopt= purpose= lastupdate nextupdate crlnumber issuer= url= cert= resp_text no_nonce header= host= VAfile= verify_other= connect= www= time= sha512 sha384 binary",
    )
    .takes_words()
    .must(&["openssl x509 -noout -dates -in c.pem", "openssl verify -CAfile ca c.pem", "openssl version -a", "openssl md5", "openssl pkcs7 -print_certs -text -noout", "openssl x509 -in x -text"])
    .must_not(&["openssl x509 -in a -out b", "openssl dgst -sign k -out s f", "openssl verify -engine x c", "openssl x509 -req -CAcreateserial -in a", "openssl x509 -provider x -in a", "openssl list -provider-path x"]),
    Rule::reads("openssl s_client", "it only asks a server for its certificate", "~ connect= servername= showcerts starttls= CAfile= CApath= cert= key= tls1 tls1_1 tls1_2 tls1_3 alpn= brief status verify= verify_return_error verify_hostname= quiet prexit no_ssl3 cipher= ciphersuites= ign_eof msg debug state 4 6 host= port= tlsextdebug no_tls1 no_tls1_1 nocommands reconnect timeout proxy= name=")
        .marks(&[Mark::destroys("sess_out= keylogfile= early_data=", "it writes or sends a file")])
        .words(|_, _| None)
        .must(&["openssl s_client -connect a:443", "openssl s_client -connect a:443 -servername a -showcerts", "echo | openssl s_client -connect a:443 2>/dev/null | openssl x509 -noout -dates"])
        .must_not(&["openssl s_client -connect a:443 -sess_out f", "openssl s_client -connect a:443 -keylogfile f", "openssl s_client -writerand f -connect a:1"]),
    Rule::reads("openssl rsa|openssl pkey|openssl ec|openssl req|openssl dsa", "it only shows a key", "~ in= noout text modulus check pubin inform= subject verify passin= text_pub nameopt=")
        .flags(SECRETS)
        .needs("noout")
        .must(&["openssl rsa -noout -modulus -in k", "openssl req -in x.csr -noout -text"])
        .must_not(&["openssl rsa -in k", "openssl genrsa -out k", "openssl req -new -key k -out x", "openssl rsa -in k -noout -out f", "openssl req -x509 -newkey rsa:2048", "openssl rand 5", "openssl ca -revoke x", "openssl enc -d -in f -out g"]),
];

/// What a request does: by what it writes, where it goes, and its method.
fn curl(asked: &Asked<'_>, given: &Given<'_>) -> Option<Call> {
    if given.values(&["o", "output"]).any(|v| v != "/dev/null" && v != "-")
        || given.any(&["o", "output"]).is_some() && given.value(&["o", "output"]).is_none()
    {
        return Some(Call::destroys("-o", "it writes what it gets into a file"));
    }
    const SENDS: [&str; 7] = ["d", "data", "data-raw", "data-binary", "data-urlencode", "data-ascii", "json"];
    let urls = || given.words.iter().copied().chain(given.values(&["url"]));
    let sends = given.any(&SENDS);
    let local = |o: &super::options::Opt<'_>| {
        let value = o.value.unwrap_or_default();
        matches!(o.name.as_str(), "H" | "header" | "w" | "write-out")
            && (value.starts_with('@') || value.contains("%output{"))
            || SENDS.contains(&o.name.as_str())
                && o.name != "data-raw"
                && (value.starts_with('@') || o.name == "data-urlencode" && value.contains('@'))
            || matches!(o.name.as_str(), "b" | "cookie") && !value.contains('=')
            || o.name == "url-query" && value.contains('@')
    };
    if let Some(option) = given.options.iter().find(|o| local(o)) {
        return Some(Call::changes(&option.shown, "it reads or writes a local file"));
    }
    for url in urls() {
        let lower = url.to_lowercase();
        let scheme = lower.split_once("://").map(|(s, _)| s).or_else(|| lower.strip_prefix("file:").map(|_| "file"));
        if scheme.is_some_and(|s| !matches!(s, "http" | "https")) {
            return Some(Call::changes(url, "this address is no web server's"));
        }
        if lower.contains("169.254.") || lower.contains("metadata.google.internal") || lower.contains("[fd00:ec2::254]")
        {
            return Some(Call::changes(url, "this address gives away the machine's own identity"));
        }
        if let Some(verb) = acting_path(&lower) {
            return Some(Call::changes(verb, "an address that names an action may do it, though it is only asked for"));
        }
    }
    let method = given.value(&["X", "request"]);
    let only_asks = |m: &str| matches!(m, "GET" | "HEAD" | "OPTIONS");
    let queries = |url: &str| {
        let path = url.split(['?', '#']).next().unwrap_or_default();
        [
            "/api/v1/query",
            "/api/v1/query_range",
            "/api/v1/series",
            "/api/v1/labels",
            "/_search",
            "/_count",
            "/_msearch",
            "/_sql",
            "/loki/api/v1/query",
            "/loki/api/v1/query_range",
        ]
        .iter()
        .any(|end| path.trim_end_matches('/').ends_with(end))
    };
    let queries = given.words.iter().any(|_| true) && urls().all(queries);
    match (method, sends) {
        (Some(method), _) if !(only_asks(method) || method == "POST" && queries) => {
            Some(Call::changes(method, "this method asks the server to change something"))
        }
        (None, Some(option)) if given.any(&["G", "get"]).is_none() && !queries => {
            Some(Call::changes(option, "it sends data to the server"))
        }
        (Some(method), Some(option)) if method != "POST" && given.any(&["G", "get"]).is_none() && !queries => {
            Some(Call::changes(option, "it sends data to the server"))
        }
        _ if given.any(&["N", "no-buffer"]).is_some()
            && given.any(&["m", "max-time"]).is_none()
            && asked.args.iter().any(|a| a.contains("event-stream")) =>
        {
            Some(Call::reads("").flagged(ENDLESS))
        }
        _ => None,
    }
}

/// A word of the path that names a deed.
fn acting_path(url: &str) -> Option<&'static str> {
    const DEEDS: [&str; 40] = [
        "_delete_by_query",
        "_shutdown",
        "upgrade",
        "rollback",
        "restore",
        "reindex",
        "rotate",
        "failover",
        "trigger",
        "execute",
        "cancel",
        "requeue",
        "prune",
        "evict",
        "deploy",
        "unlock",
        "flush",
        "reset",
        "restart",
        "shutdown",
        "reload",
        "delete",
        "purge",
        "clear",
        "drop",
        "kill",
        "stop",
        "quit",
        "quitquitquit",
        "drain",
        "reboot",
        "truncate",
        "remove",
        "disable",
        "enable",
        "start",
        "_close",
        "_forcemerge",
        "invalidate",
        "logout",
    ];
    let path = url.split_once("://").map_or(url, |(_, rest)| rest).split(['?', '#']).next().unwrap_or_default();
    path.split('/').skip(1).find_map(|part| DEEDS.iter().find(|deed| part == **deed).copied())
}

fn wget(_: &Asked<'_>, given: &Given<'_>) -> Option<Call> {
    let out = given.value(&["O", "output-document"]);
    let reads = matches!(out, Some("-" | "/dev/null")) || out.is_none() && given.any(&["spider"]).is_some();
    (!reads).then(|| Call::destroys("wget", "it writes what it gets into a file"))
}
