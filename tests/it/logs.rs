//! Logs of many kinds are understood: the level, the cause, what is kept and what is dropped, and whether it is one
//! problem or several. It never reads the benchmark.

use unstuck::query::{Kind, understand};

use crate::books;

/// A line, whether it is an error or worse, who wrote it, what must be left of it and what must be gone.
type Line = (&'static str, bool, Option<&'static str>, &'static [&'static str], &'static [&'static str]);

const LINES: &[Line] = &[
    (
        "type=AVC msg=audit(1773456789.400:412): avc:  denied  { read } for  pid=2211 comm=\"nginx\" name=\"index.html\" tclass=file",
        false,
        None,
        &["denied", "nginx", "index.html"],
        &["audit("],
    ),
    (
        "{\"__REALTIME_TIMESTAMP\":\"1\",\"SYSLOG_IDENTIFIER\":\"api\",\"PRIORITY\":\"3\",\"MESSAGE\":[27,91,51,49,109,100,105,115,107,32,102,117,108,108,27,91,48,109]}",
        true,
        Some("api"),
        &["disk full"],
        &["27", "MESSAGE"],
    ),
    (
        "{\"time\":\"2026-03-14T02:17:38Z\",\"level\":\"ERROR\",\"msg\":\"boot\",\"err\":{\"op\":\"open\",\"path\":\"/etc/x.pem\",\"err\":\"permission denied\"}}",
        true,
        None,
        &["boot", "permission denied"],
        &["level"],
    ),
    (
        "backend-1  | 2026-03-14 02:17:46,128 - app.redis - ERROR - push failed",
        true,
        Some("backend"),
        &["push failed"],
        &["2026", "ERROR"],
    ),
    ("shop_web.1.k3j2h1g0f9e8@node-1    | Error: boom", false, Some("shop_web"), &["Error: boom"], &["node-1"]),
    (
        "Mar 14 02:17:38 node-7 kubelet[812]: failed to sync",
        false,
        Some("kubelet"),
        &["failed to sync"],
        &["node-7", "Mar"],
    ),
    (
        "2026-03-14T02:17:38+0000 node-7 redis-server[9]: Can't save in background: fork: Cannot allocate memory",
        false,
        Some("redis-server"),
        &["Can't save"],
        &["node-7"],
    ),
    (
        "2026-03-14T02:17:38.123456+01:00 node-7 kernel: Out of memory: Killed process 812 (java)",
        false,
        Some("kernel"),
        &["Killed process"],
        &["2026"],
    ),
    (
        "{\"__REALTIME_TIMESTAMP\":\"1\",\"PRIORITY\":\"3\",\"_SYSTEMD_UNIT\":\"api.service\",\"MESSAGE\":\"cannot bind to port 8000\"}",
        true,
        Some("api.service"),
        &["port 8000"],
        &["PRIORITY"],
    ),
    ("<11>Mar 14 02:17:38 host api[12]: cannot bind", true, Some("api"), &["cannot bind"], &["<11>"]),
    (
        "<27>1 2026-03-14T02:17:38.003Z host api 12 ID47 [ex@1 a=\"b\"][x@2 c=\"d\"] disk is full",
        true,
        Some("api"),
        &["disk is full"],
        &["ex@1"],
    ),
    (
        "E0406 14:20:46.991942       1 leaderelection.go:325] \"Failed to renew lease\" err=\"context deadline exceeded\"",
        true,
        None,
        &["Failed to renew lease", "context deadline exceeded"],
        &["14:20"],
    ),
    (
        "{\"level\":\"error\",\"ts\":1.5,\"logger\":\"db\",\"msg\":\"query failed\",\"error\":\"timeout\"}",
        true,
        Some("db"),
        &["query failed", "timeout"],
        &["level"],
    ),
    (
        "{\"@timestamp\":\"2026-03-14T02:17:38Z\",\"log\":{\"level\":\"error\"},\"service\":{\"name\":\"cart\"},\"message\":\"stock is unreachable\"}",
        true,
        Some("cart"),
        &["stock is unreachable"],
        &["@timestamp"],
    ),
    (
        "{\"Timestamp\":\"2026-03-14\",\"LogLevel\":\"Error\",\"Category\":\"Shop.Pay\",\"Message\":\"card service refused\"}",
        true,
        Some("Shop.Pay"),
        &["card service refused"],
        &["LogLevel"],
    ),
    (
        "{\"@t\":\"2026-03-14T02:17:38Z\",\"@l\":\"Fatal\",\"@mt\":\"Host terminated\",\"@x\":\"System.IO.IOException: No space left on device\"}",
        true,
        None,
        &["Host terminated", "No space left"],
        &["@mt"],
    ),
    (
        "{\"version\":\"1.1\",\"host\":\"a\",\"short_message\":\"disk failing\",\"level\":3}",
        true,
        None,
        &["disk failing"],
        &["version"],
    ),
    (
        "{\"severity\":\"CRITICAL\",\"jsonPayload\":{\"message\":\"no leader\"}}",
        true,
        None,
        &["no leader"],
        &["severity"],
    ),
    (
        "{\"log\":\"2026-03-14 02:17:38 ERROR worker lost\\n\",\"stream\":\"stderr\",\"time\":\"2026-03-14T02:17:38.1Z\"}",
        true,
        None,
        &["worker lost"],
        &["stream", "2026"],
    ),
    (
        "{\"time\":\"x\",\"method\":\"GET\",\"path\":\"/cart\",\"status\":503,\"ms\":12}",
        true,
        None,
        &["/cart", "503"],
        &["method"],
    ),
    (
        "t=2026-03-14T02:17:38+0000 lvl=eror msg=\"Failed to look up user\" logger=context error=\"database is locked\"",
        true,
        Some("context"),
        &["Failed to look up user", "database is locked"],
        &["lvl="],
    ),
    (
        "2026/03/14 02:17:38 [error] 31#31: *9 connect() failed (111: Connection refused) while connecting to upstream, client: 10.0.0.9, server: shop, request: \"GET / HTTP/1.1\", upstream: \"http://10.0.0.3:8000/\"",
        true,
        Some("nginx"),
        &["111: Connection refused", ":8000"],
        &["10.0.0.9", "31#31"],
    ),
    (
        "10.0.0.1 - - [14/Mar/2026:02:17:38 +0000] \"GET /api/x HTTP/1.1\" 502 157 \"-\" \"curl\"",
        true,
        None,
        &["/api/x", "502"],
        &["157", "10.0.0.1"],
    ),
    (
        "[Fri Nov 27 22:00:00.123456 2026] [proxy:error] [pid 12:tid 140] (111)Connection refused: AH00957: HTTP: attempt to connect to 127.0.0.1:8080 (localhost) failed",
        true,
        None,
        &["AH00957", ":8080"],
        &["pid 12", "2026"],
    ),
    (
        "2026-03-14 02:17:38.120 UTC [77] shop@shop ERROR:  duplicate key value violates unique constraint \"users_pkey\"",
        true,
        None,
        &["users_pkey"],
        &["[77]"],
    ),
    (
        "2026-03-14 02:17:38 UTC:10.0.0.1(41022):app@shop:[77]:FATAL:  remaining connection slots are reserved",
        true,
        None,
        &["remaining connection slots"],
        &["41022"],
    ),
    (
        "1:M 14 Mar 2026 02:17:38.123 # MISCONF Redis is configured to save RDB snapshots",
        false,
        Some("redis"),
        &["MISCONF"],
        &["2026"],
    ),
    (
        "2026-03-14T02:17:38.123456Z 0 [ERROR] [MY-010119] [Server] Aborting",
        true,
        None,
        &["Aborting", "MY-010119"],
        &["2026"],
    ),
    (
        "2026-03-14  2:17:38 0 [ERROR] mariadbd: Table './shop/cart' is marked as crashed",
        true,
        None,
        &["marked as crashed"],
        &["2:17"],
    ),
    (
        "31m   Warning   BackoffLimitExceeded   job/invoice   Job has reached the specified backoff limit",
        false,
        None,
        &["BackoffLimitExceeded", "backoff limit"],
        &["31m"],
    ),
    (
        "  Warning  FailedScheduling  2m (x4 over 3m)  default-scheduler  0/3 nodes are available: 3 Insufficient cpu.",
        false,
        Some("default-scheduler"),
        &["FailedScheduling", "Insufficient cpu"],
        &["x4"],
    ),
    (
        "     Active: failed (Result: exit-code) since Fri 2026-03-14 02:17:38 UTC; 3min ago",
        false,
        None,
        &["failed", "exit-code"],
        &[],
    ),
    (
        "2026-03-14T02:17:38.1234567Z ##[error]Process completed with exit code 137.",
        true,
        None,
        &["exit code 137"],
        &["##"],
    ),
    (
        "[2026-03-14 02:20:11,022: ERROR/MainProcess] consumer: Cannot connect to redis://redis:6379/0",
        true,
        None,
        &["redis:6379"],
        &["MainProcess", "2026"],
    ),
    (
        "[2026-03-14 02:17:38] production.ERROR: SQLSTATE[HY000] [2002] Connection refused",
        true,
        None,
        &["SQLSTATE", "Connection refused"],
        &["production"],
    ),
    (
        "E, [2026-03-14T02:17:38.123456 #812] ERROR -- : PG::ConnectionBad: could not connect",
        true,
        None,
        &["PG::ConnectionBad"],
        &["812"],
    ),
    (
        "2026-03-14 02:17:38.120 ERROR 1 --- [nio-8080-exec-2] c.acme.OrderService : stock is gone",
        true,
        Some("c.acme.OrderService"),
        &["stock is gone"],
        &["nio-8080"],
    ),
    (
        "2026-03-14T02:17:38.123Z\tERROR\tcontroller\tfailed to reconcile\t{\"error\": \"conflict\"}",
        true,
        None,
        &["failed to reconcile"],
        &["2026"],
    ),
    (
        "2026-03-14T02:17:38.123456Z ERROR shop::pay: card declined by upstream id=9c1e77f2ab",
        true,
        None,
        &["card declined"],
        &["9c1e77f2ab", "2026"],
    ),
    (
        "[Fri Mar 14 02:17:38 2026] EXT4-fs error (device sda1): ext4_find_entry: inode #2",
        false,
        None,
        &["EXT4-fs error", "sda1"],
        &["02:17"],
    ),
    ("2026-03-14T02:17:38.123456789Z stderr F panic: nil map", false, None, &["panic: nil map"], &["stderr"]),
    ("\u{1b}[31mERROR\u{1b}[0m [main] c.a.App - it broke\r", true, None, &["it broke"], &["\u{1b}", "31m"]),
    ("ERROR\tdb\tcould not resolve host db-1.internal", true, None, &["db-1.internal"], &[]),
    (
        "level=error msg=x request_id=4f2e1a0b trace=00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        true,
        None,
        &["x"],
        &["4bf92f"],
    ),
];

#[test]
fn lines_of_all_formats_are_understood() {
    let mut wrong = Vec::new();
    for (line, severe, source, left, gone) in LINES {
        let query = understand(line);
        let Some(read) = query.lines.first() else {
            wrong.push(format!("nothing is left of {line}"));
            continue;
        };
        let fits = read.severe == *severe
            && read.source.as_deref() == *source
            && left.iter().all(|l| read.text.contains(l))
            && !gone.iter().any(|g| read.text.contains(g));
        if !fits {
            wrong.push(format!("{line}\n   severe {} source {:?} text {:?}", read.severe, read.source, read.text));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), LINES.len(), wrong.join("\n"));
}

/// A trace or a storm, and what must be said first of it.
const CAUSES: &[(&str, &str)] = &[
    (
        "ERROR com.acme.Boot - Application run failed\norg.acme.BeanException: Error creating bean\n\tat org.acme.X.y(X.java:10)\nCaused by: org.acme.StoreException: Unable to open a connection\n\tat a.b.C.d(C.java:1)\n\t... 20 more\nCaused by: java.net.UnknownHostException: db.internal\n\tat java.base/java.net.InetAddress.getAll(InetAddress.java:1509)\n\t... 31 common frames omitted",
        "UnknownHostException: db.internal",
    ),
    (
        "TypeError: fetch failed\n    at node:internal/deps/undici/undici:12345:11\n    at async main (/app/x.js:3:9) {\n  [cause]: Error: connect ECONNREFUSED 127.0.0.1:8000\n      at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1595:16) {\n    errno: -111,\n    port: 8000\n  }\n}",
        "connect ECONNREFUSED",
    ),
    (
        "Downloading 10%\rDownloading 50%\rDownloading 100%\u{1b}[K\rERROR: failed to build the image\n",
        "failed to build the image",
    ),
    (
        "Traceback (most recent call last):\n  File \"/app/a.py\", line 12, in run\n    raise ConnectionError(x)\nConnectionRefusedError: [Errno 111] Connection refused\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File \"/app/b.py\", line 2, in main\n    run()\nredis.exceptions.ConnectionError: Error 111 connecting to redis:6379. Connection refused.",
        "ConnectionRefusedError: [Errno 111]",
    ),
    (
        "worker-1  | 2026-03-14 02:17:38 ERROR job failed\nworker-1  | Traceback (most recent call last):\nworker-1  |   File \"/app/a.py\", line 12, in run\nworker-1  |     raise OSError(errno.ENOSPC, \"no space\")\nworker-1  | OSError: [Errno 28] No space left on device",
        "OSError: [Errno 28]",
    ),
    (
        "Exception in thread \"main\" org.acme.StartupException: cannot start\n\tat org.acme.Main.run(Main.java:12)\nCaused by: java.net.ConnectException: Connection refused\n\tat java.base/sun.nio.ch.Net.connect(Net.java:1)\n\t... 12 more",
        "Caused by: java.net.ConnectException",
    ),
    (
        "Unhandled exception. System.AggregateException: One or more errors occurred.\n ---> System.Net.Sockets.SocketException (111): Connection refused 127.0.0.1:5432\n   at System.Net.Sockets.Socket.Connect()\n   --- End of inner exception stack trace ---",
        "SocketException (111)",
    ),
    (
        "Error: cannot start the server\n\nCaused by:\n    0: reading the configuration\n    1: No such file or directory (os error 2)",
        "reading the configuration",
    ),
    (
        "thread 'main' panicked at src/main.rs:4:5:\ncalled `Result::unwrap()` on an `Err` value: Os { code: 98, kind: AddrInUse }\nstack backtrace:\n   0: std::panicking::begin_panic\n   1: core::result::unwrap_failed",
        "AddrInUse",
    ),
    (
        "panic: runtime error: invalid memory address or nil pointer dereference\n[signal SIGSEGV: segmentation violation code=0x1]\n\ngoroutine 1 [running]:\nmain.load(0x0)\n\t/app/main.go:12 +0x1d\nmain.main()\n\t/app/main.go:5 +0x20",
        "panic: runtime error",
    ),
    (
        "node:internal/process/promises:288\n            triggerUncaughtException(err, true);\n            ^\n\nError: connect ECONNREFUSED 127.0.0.1:6379\n    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1595:16) {\n  errno: -111,\n  code: 'ECONNREFUSED',\n  port: 6379\n}",
        "connect ECONNREFUSED",
    ),
    (
        "/app/lib/pay.rb:12:in `charge': undefined method `id' for nil (NoMethodError)\n\tfrom /app/lib/pay.rb:40:in `run'\n\tfrom bin/pay:3:in `<main>'",
        "NoMethodError",
    ),
    (
        "2026-03-14 02:17:38.120 UTC [77] ERROR:  relation \"orders\" does not exist at character 15\n2026-03-14 02:17:38.120 UTC [77] STATEMENT:  select * from orders where failed = true\n2026-03-14 02:17:38.120 UTC [77] HINT:  Perhaps you failed to migrate",
        "relation \"orders\" does not exist",
    ),
];

#[test]
fn the_cause_is_told_before_what_follows_from_it() {
    for (log, cause) in CAUSES {
        let query = understand(log);
        assert!(query.lines[0].text.contains(cause), "{cause}: {:#?}", query.lines);
    }
    let storm: String =
        (0..400).map(|n| format!("2026-03-14 02:20:{:02} ERROR api: request {n} failed: 503\n", n % 60)).collect();
    let query = understand(&format!(
        "2026-03-14 02:17:38 INFO api: up\n2026-03-14 02:17:39 ERROR api: cannot reach stock:8080\n{storm}"
    ));
    assert_eq!((query.kind, query.lines[0].count, query.lines[1].count), (Kind::Log, 1, 400));
    assert!(
        query.lines[0].text.contains("stock:8080") && query.lines[1].text.contains("request … failed"),
        "{:?}",
        query.lines
    );
    assert_eq!(query.lines[1].first.as_deref(), Some("2026-03-14 02:20:00"));
}

#[test]
fn codes_and_ports_keep_lines_apart_and_ids_do_not() {
    let query = understand(
        "a | ERROR connect ECONNREFUSED 127.0.0.1:6379\na | ERROR connect ECONNREFUSED 127.0.0.1:5432\na | ERROR exited with code 137\na | ERROR exited with code 1\n\
         a | ERROR push 9c1e77f2 of 12 failed\na | ERROR push ab12cd34 of 977 failed\n",
    );
    let told: Vec<(usize, &str)> = query.lines.iter().map(|l| (l.count, l.text.as_str())).collect();
    assert_eq!(told.len(), 5, "{told:?}");
    assert!(told.contains(&(2, "push of … failed")), "{told:?}");
}

fn problems() -> Vec<(&'static str, &'static str)> {
    let text = include_str!("data/problems.txt");
    text.split("\n== ").skip(1).filter_map(|log| log.split_once('\n')).collect()
}

#[test]
fn one_failing_thing_is_one_problem_and_two_are_two() {
    let library = books::library(&books::own());
    let logs = problems();
    assert!(logs.len() >= 12);
    let count = |log: &str| library.ask(&understand(log), 5).problems.len();
    let split: Vec<&str> = logs.iter().filter(|(_, log)| count(log) > 1).map(|(name, _)| *name).collect();
    let (mut pairs, mut told, mut missed) = (0, 0, Vec::new());
    for (at, (one, first)) in logs.iter().enumerate() {
        for (other, second) in logs.iter().skip(at + 1) {
            pairs += 1;
            if count(&format!("{first}\n{second}")) >= 2 {
                told += 1;
            } else {
                missed.push(format!("{one} + {other}"));
            }
        }
    }
    eprintln!("one problem told as several: {split:?}; two told as two: {told} of {pairs}; missed: {missed:?}");
    assert!(split.len() * 10 <= logs.len(), "told as several: {split:?}");
    assert!(told * 100 >= pairs * 90, "{told} of {pairs}: {missed:?}");
}
