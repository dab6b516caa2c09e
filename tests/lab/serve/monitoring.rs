//! Prometheus, Alertmanager and Grafana, as far as somebody asks whether they are well: all quiet, every target up.
//! They never collect anything.

use std::process::ExitCode;

use serde_json::json;

use super::http::{self, Answer};

/// Plays `prometheus`, `alertmanager` or `grafana` on its port.
pub async fn serve(name: &'static str, port: u16) -> ExitCode {
    http::serve("0.0.0.0", port, move |asked, _| async move { answer(name, &asked.path) }).await
}

fn answer(name: &str, path: &str) -> Answer {
    let well = |data| http::json(200, &json!({"status": "success", "data": data}));
    match (name, path) {
        ("prometheus", "/-/healthy") => http::text(200, "Prometheus Server is Healthy.\n"),
        ("prometheus", "/-/ready") => http::text(200, "Prometheus Server is Ready.\n"),
        ("prometheus", "/api/v1/targets") => {
            well(json!({"activeTargets": [{"labels": {"job": "hsi-backend-metrics"}, "health": "up",
            "scrapeUrl": "http://backend:8000/api/metrics", "lastError": ""}], "droppedTargets": []}))
        }
        ("prometheus", "/api/v1/alerts") => well(json!({"alerts": []})),
        ("prometheus", "/api/v1/rules") => {
            well(json!({"groups": [{"name": "ai", "rules": [{"name": "AIDetectorUnavailable", "state": "inactive",
            "health": "ok", "type": "alerting"}]}]}))
        }
        ("prometheus", "/api/v1/query") => well(
            json!({"resultType": "vector", "result": [{"metric": {"job": "hsi-backend-metrics"}, "value": [0, "1"]}]}),
        ),
        ("alertmanager", "/-/healthy" | "/-/ready") => http::text(200, "OK"),
        ("alertmanager", "/api/v2/alerts" | "/api/v2/silences" | "/api/v2/receivers") => http::json(200, &json!([])),
        ("alertmanager", "/api/v2/status") => {
            http::json(200, &json!({"cluster": {"status": "ready"}, "config": {"original": ""}}))
        }
        ("grafana", "/api/health") => {
            http::json(200, &json!({"commit": "895fbafb7a", "database": "ok", "version": "10.2.3"}))
        }
        ("grafana", "/") => http::text(200, "Grafana"),
        _ => http::not_found(),
    }
}
