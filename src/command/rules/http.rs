//! HTTP and TLS by their clients: the method and the options decide.
//! It never lets through an option that writes a local file, sends one, or asks a server to change something.

use super::options::Given;
use super::{Asked, Call, ENDLESS, Mark, Rule, SECRETS};

pub(super) const RULES: &[Rule] = &[
    Rule::reads(
        "curl",
        "it only asks a server",
        "-sSfviIkLgGNq0123#4678aX:H:m:w:u:A:e:r:x:p:y:Y:z:U:l silent show-error fail fail-with-body verbose include head insecure location request= header= max-time= connect-timeout= write-out= user= user-agent= referer= range= get no-buffer http1.0 http1.1 http2 http2-prior-knowledge http3 compressed retry= retry-delay= retry-all-errors retry-connrefused retry-max-time= resolve= connect-to= cacert= capath= cert= key= cert-type= url= ipv4 ipv6 no-progress-meter noproxy= proxy= proxy-header= socks5= socks5-hostname= interface= max-redirs= tlsv1.2 tlsv1.3 tlsv1.0 tlsv1.1 tls-max= ciphers= disable globoff path-as-is no-keepalive oauth2-bearer= basic digest anyauth negotiate ntlm proto= unix-socket= haproxy-protocol max-filesize= speed-limit= speed-time= parallel raw styled-output progress-bar keepalive-time= location-trusted no-sessionid tcp-nodelay limit-rate= happy-eyeballs-timeout-ms= version help",
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
        "curl -s http://x/api/start-time",
        "curl http://x/reset-password-policy/7",
        "curl 'http://x/logs?action=list'",
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
        "curl http://app:8080/admin/fl%75sh",
        "curl 'http://x/{flush,reset}'",
        "curl 'http://x/cache?action=flush'",
        "curl http://x/cache/clear_all.php",
        "curl http://x/ --request-target /admin/flush",
        "curl --proto-default gopher h:6379/_FLUSHALL",
        "curl -G -d a=b http://x -: -d c=d http://y",
        "curl -H 'X-HTTP-Method-Override: DELETE' http://x/1",
        "curl -XPOST http://crate:4200/_sql -d x",
        "curl --url @urls",
        "curl --libcurl f x",
        "curl -X POST http://x/_search/template_delete",
        "curl smtp://x --mail-from a",
    ]),
    Rule::reads("wget", "it only asks a server", "-qSd46nvT:t:U:w: quiet server-response timeout= tries= no-check-certificate no-verbose verbose user-agent= header= max-redirect= no-proxy connect-timeout= no-config inet4-only")
        .marks(&[Mark::flag("-O: output-document= spider", super::NONE)])
        .words(wget)
        .takes_words()
        .must(&["wget -qO- x", "wget --spider x", "wget -q -O - http://x", "wget -O /dev/null x", "wget -q --spider -T 2 x"])
        .must_not(&["wget -qO- http://x/admin/flush", "wget --spider http://169.254.169.254/", "wget --spider=off x", "wget x", "wget -qO f URL", "wget --post-data=a -O- x", "wget -O- -o log x", "wget -i f -O-", "wget -O- --use-askpass=x y", "wget -r x", "wget -O- -e robots=off x", "wget -O- --method=DELETE x"]),
    Rule::reads("http|https|xh", "it only asks a server", "-vhbjfa:A: verbose headers body verify= timeout= follow auth= json pretty= print= check-status ignore-stdin")
        .words(httpie)
        .must(&["http http://x/health", "http GET x", "http x q==1"])
        .must_not(&["http POST x a=b", "http x a=b", "http DELETE x", "http -d x", "http x a:=1", "http PURGE http://x/", "http http://x/ a=b:c", "echo '{}' | http http://x/", "http http://x/flush", "http x a@f"]),
    Rule::reads("grpcurl", "it only asks what a server offers", "~ plaintext insecure cacert= cert= key= authority= max-time= import-path= proto= H= connect-timeout= v")
        .words(|_, given| (!matches!(given.words.as_slice(), [_, "list" | "describe", ..])).then(|| Call::changes("grpcurl", "it calls a method")))
        .must(&["grpcurl --plaintext h:1 list", "grpcurl -plaintext h:1 describe a.b"])
        .must_not(&["grpcurl h:1 a.b/C", "grpcurl list a.b/C", "grpcurl -d '{}' h:1 a.b/list"]),
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
        .words(|asked, _| asked.is_fed().then(|| Call::changes("s_client", "it sends what it is given to the server")))
        .must(&["echo Q | openssl s_client -connect a:443", "openssl s_client -connect a:443 </dev/null", "openssl s_client -connect a:443", "openssl s_client -connect a:443 -servername a -showcerts", "echo | openssl s_client -connect a:443 2>/dev/null | openssl x509 -noout -dates"])
        .must_not(&["printf 'FLUSHALL\\n' | openssl s_client -quiet -connect a:1", "openssl s_client -connect a:1 < f", "(echo x; sleep 1) | openssl s_client -connect a:1", "openssl s_client -connect a:443 -sess_out f", "openssl s_client -connect a:443 -keylogfile f", "openssl s_client -writerand f -connect a:1"]),
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
    if let Some(call) = urls().find_map(address) {
        return Some(call);
    }
    let overrides = |v: &&str| v.to_lowercase().contains("method-override");
    if let Some(header) = given.values(&["H", "header"]).find(overrides) {
        return Some(Call::changes(header, "this header asks the server to change something"));
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

/// What stands against asking an address: no web server's, the machine's own identity, or one that names a deed.
pub(super) fn address(url: &str) -> Option<Call> {
    let lower = plain(url).to_lowercase();
    let scheme = lower.split_once("://").map(|(s, _)| s).or_else(|| lower.strip_prefix("file:").map(|_| "file"));
    if scheme.is_some_and(|s| !matches!(s, "http" | "https" | "ws" | "wss")) || url.starts_with('@') {
        return Some(Call::changes(url, "this address is no web server's"));
    }
    if ["169.254.", "metadata.google.internal", "[fd00:ec2::254]"].iter().any(|own| lower.contains(own)) {
        return Some(Call::changes(url, "this address gives away the machine's own identity"));
    }
    acting(&lower)
        .map(|deed| Call::changes(deed, "an address that names an action may do it, though it is only asked for"))
}

/// An address with its `%75` turned into letters.
fn plain(url: &str) -> String {
    let mut out = String::new();
    let mut rest = url;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let code = after.get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok()).filter(u8::is_ascii_graphic);
        match (code, after.get(2..)) {
            (Some(code), Some(behind)) => {
                out.push(code.into());
                rest = behind;
            }
            _ => {
                out.push('%');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// A word of the path, or of a value that says what to do, that names a deed.
fn acting(url: &str) -> Option<&'static str> {
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
    let url = url.split_once("://").map_or(url, |(_, rest)| rest).split('#').next().unwrap_or_default();
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let deed = |word: &str| DEEDS.iter().find(|deed| word == **deed).copied();
    let whole = path.split('/').skip(1).flat_map(|part| part.split(['{', ',', '}'])).find_map(deed);
    // `flush_cache.php`, `cache-clear`: the last name, by its first or last word, where it is one of the plain deeds.
    let last = path.rsplit('/').next().unwrap_or_default();
    let stem = last.split('.').next().unwrap_or_default();
    let words: Vec<&str> = stem.split(['_', '-']).collect();
    let plain =
        ["flush", "clear", "purge", "delete", "drop", "truncate", "restart", "shutdown", "reload", "evict", "prune"];
    let worded =
        || [words.first(), words.last()].into_iter().flatten().find_map(|w| plain.iter().find(|p| *p == w).copied());
    let asked = || {
        query.split('&').filter_map(|pair| pair.split_once('=')).find_map(|(name, value)| {
            let orders =
                matches!(name, "action" | "cmd" | "command" | "do" | "op" | "operation" | "method" | "_method");
            orders.then(|| deed(value).or_else(|| deed(value.split(['_', '-']).next().unwrap_or_default()))).flatten()
        })
    };
    whole.or_else(|| (path.contains('/')).then(worded).flatten()).or_else(asked)
}

/// What `http` sends: its method, its items, and what stands on its input.
fn httpie(asked: &Asked<'_>, given: &Given<'_>) -> Option<Call> {
    let mut words = given.words.as_slice();
    if let [method, rest @ ..] = words
        && method.chars().all(|c| c.is_ascii_uppercase())
        && !rest.is_empty()
    {
        if !matches!(*method, "GET" | "HEAD" | "OPTIONS") {
            return Some(Call::changes(method, "this method asks the server to change something"));
        }
        words = rest;
    }
    let Some((url, items)) = words.split_first() else { return Some(Call::changes("http", "there is no address")) };
    if asked.is_fed() && given.any(&["ignore-stdin"]).is_none() {
        return Some(Call::changes("http", "it sends what it is given"));
    }
    // The first mark decides: `a==b` asks, `a:b` is a header, `a=b`, `a:=1` and `a@f` are sent.
    let sends = |item: &&&str| {
        let mark = item.find(['=', ':', '@']).and_then(|at| item.get(at..)).unwrap_or_default();
        !(mark.starts_with("==") || mark.starts_with(':') && !mark.starts_with(":="))
            || item.to_lowercase().contains("method-override")
    };
    items.iter().find(sends).map(|item| Call::changes(item, "it sends data")).or_else(|| address(url))
}

fn wget(_: &Asked<'_>, given: &Given<'_>) -> Option<Call> {
    let out = given.value(&["O", "output-document"]);
    let reads = matches!(out, Some("-" | "/dev/null")) || out.is_none() && given.any(&["spider"]).is_some();
    if !reads {
        return Some(Call::destroys("wget", "it writes what it gets into a file"));
    }
    given.words.iter().copied().find_map(address)
}
