//! Kubernetes, OpenShift and Helm: the verb decides, and the command inside where one is run in a pod.
//! It never lets through a verb or an option it does not know.

use super::{Asked, Call, ENDLESS, EVIDENCE, Mark, Rule, SECRETS, options};

/// Options every verb of `kubectl` takes. `--kuberc` and `--profile-output` are not among them: they read orders or write.
const GLOBAL: &str = "-n:v:s:A namespace= context= kubeconfig= cluster= user= server= as= as-group= as-uid= request-timeout= token= insecure-skip-tls-verify=? certificate-authority= client-certificate= client-key= tls-server-name= v= all-namespaces=? loglevel= config=";

pub(super) const RULES: &[Rule] = &[
    Rule::verbs("kubectl", GLOBAL)
        .must(&["kubectl version", "kubectl", "kubectl -n x get pods", "oc -n x get -o wide pods", "kubectl --context c get ns"])
        .must_not(&["kubectl frob", "kubectl --kuberc=x get pods", "kubectl get pods > pods.txt", "kubectl -n x delete pod y"]),
    Rule::only_reads(
        "kubectl get",
        "it only asks the cluster",
        "-o:l:Lf:RkL: output= selector= field-selector= show-labels=? no-headers=? sort-by= ignore-not-found=? label-columns= show-kind=? filename= recursive raw= chunk-size= show-managed-fields=? template= subresource= server-print=? allow-missing-template-keys=? kustomize= export output-watch-events=?",
    )
    .marks(&[Mark::flag("-w watch=? watch-only=?", ENDLESS)])
    .words(|_, given| given.value(&["raw"]).and_then(super::http::address).or_else(|| secret(given.verb())))
    .must(&["kubectl get pods -A", "kubectl get pods -n x -o wide --sort-by=.metadata.name", "kubectl get secret s -o yaml", "oc get nodes", "kubectl get pods -w", "kubectl get po -l app=x -o jsonpath='{.items[*].metadata.name}'", "kubectl get --raw /healthz", "kubectl get pod,svc -owide"])
    .must_not(&["kubectl get --raw /api/v1/namespaces/d/services/a:80/proxy/admin/flush", "kubectl get pods --profile=cpu --profile-output=f", "KUBECTL_EXTERNAL_DIFF=x kubectl get pods"]),
    Rule::only_reads("kubectl describe", "it only asks the cluster", "-l:f:R selector= filename= show-events=? recursive chunk-size=").words(|_, given| secret(given.verb())).must(&["kubectl -n x describe pod y", "oc describe node z", "kubectl describe nodes | grep -A5 Allocated"]),
    Rule::only_reads("kubectl logs", "it only shows what a container printed", "-c:pl: container= previous=? tail= since= since-time= timestamps=? selector= all-containers=? prefix=? limit-bytes= max-log-requests= ignore-errors=? pod-running-timeout= insecure-skip-tls-verify-backend=? all-pods=? version=")
        .marks(&[Mark::flag("-f follow=?", ENDLESS)])
        .must(&["kubectl logs -f x", "kubectl logs x -c y --previous --tail=50", "oc logs -n n deploy/x --all-containers", "kubectl logs -p x", "oc logs -f -c y p"]),
    Rule::only_reads("kubectl events", "it only shows what happened", "-o: output= types= for= no-headers=?").marks(&[Mark::flag("-w watch=?", ENDLESS)]).must(&["kubectl events", "kubectl events --for pod/x"]),
    Rule::verbs("kubectl top", ""),
    Rule::only_reads("kubectl top pods|kubectl top pod|kubectl top po|kubectl top nodes|kubectl top node|kubectl top no|kubectl top images|kubectl top imagestreams|kubectl top pvc|kubectl adm top nodes|kubectl adm top node|kubectl adm top pods|kubectl adm top pod|kubectl adm top images", "it only asks for use of memory and processor", "-l: selector= sort-by= containers=? no-headers=? sum=? field-selector= show-capacity=? use-protocol-buffers=?")
        .must(&["kubectl top nodes", "kubectl top pod x --containers", "oc adm top pods -n x"]),
    Rule::only_reads("kubectl explain|kubectl version|kubectl api-resources|kubectl api-versions|kubectl cluster-info|kubectl options|kubectl whoami|kubectl status|kubectl projects|kubectl help", "it only asks the cluster", "-o: output= recursive=? api-version= api-group= namespaced=? verbs= no-headers=? short client=? sort-by= cached=? categories= show-server show-context show-console suggest all-namespaces")
        .words(|asked, given| match (asked.name, given.verb()) {
            ("cluster-info", "dump") => Some(match given.value(&["output-directory"]) {
                Some(_) => Call::destroys("dump", "it writes files"),
                None => Call::reads("").flagged(SECRETS),
            }),
            ("whoami", _) if given.any(&["t", "show-token"]).is_some() => Some(Call::reads("").flagged(SECRETS)),
            _ => None,
        })
        .must(&["kubectl cluster-info", "kubectl api-resources --verbs=list", "oc whoami", "oc status", "kubectl explain pod.spec"])
        .must_not(&["kubectl cluster-info dump --output-directory=/x"]),
    Rule::verbs("kubectl config|kubectl auth|kubectl rollout|kubectl adm|kubectl create|kubectl apply|kubectl set|kubectl plugin|kubectl policy|kubectl sa|kubectl image|kubectl adm top|kubectl adm policy|kubectl certificate", ""),
    Rule::only_reads("kubectl config get-contexts|kubectl config current-context|kubectl config get-clusters|kubectl config get-users|kubectl auth can-i|kubectl auth whoami|kubectl rollout history|kubectl plugin list|kubectl adm node-logs|kubectl policy who-can|kubectl policy can-i|kubectl apply view-last-applied|kubectl adm policy who-can", "it only asks", "-o:l:qf:Ru: output= no-headers=? list=? quiet=? revision= selector= subresource= role= unit= path= since= until= tail= grep= raw all filename= case-sensitive=? unify=? boot=? name-only=?")
        .must(&["kubectl auth can-i get pods", "kubectl config get-contexts", "kubectl rollout history deploy/x", "oc adm node-logs --role=master -u kubelet", "oc adm node-logs --help"])
        .must_not(&["kubectl config use-context p", "kubectl config set-credentials x", "kubectl auth reconcile -f x", "kubectl rollout restart d", "kubectl rollout undo d", "kubectl config delete-context x", "kubectl config set x y"]),
    Rule::only_reads("kubectl config view", "it only shows the settings", "-o: output= minify=? flatten=? template= merge=?").marks(&[Mark::flag("raw=?", SECRETS)]).must(&["kubectl config view", "kubectl config view --raw"]),
    Rule::only_reads("kubectl rollout status", "it waits for a rollout", "-wf: timeout= watch=? revision= selector= filename=")
        .words(|_, given| (given.value(&["watch"]) != Some("false") && given.any(&["timeout"]).is_none()).then(|| Call::reads("").flagged(ENDLESS)))
        .must(&["kubectl rollout status deploy/x", "kubectl rollout status deploy/x --timeout=10s"]),
    Rule::only_reads("kubectl wait", "it waits for a state", "-f:l: for= timeout= selector= all=? filename= field-selector= output=").must(&["kubectl wait --for=condition=Ready pod/x --timeout=10s"]),
    Rule::wraps("kubectl exec|kubectl rsh", exec)
        .must(&["kubectl exec p -- ls", "kubectl exec -n x -it p -c c -- cat /etc/hosts", "oc rsh p ls /x", "kubectl -n x exec p -- sh -c 'ls | wc -l'", "oc exec -c etcd -n openshift-etcd p -- etcdctl member list", "kubectl exec deploy/x -- redis-cli ping", "oc rsh -n x pod/p df -h"])
        .must_not(&["kubectl exec p -- rm x", "kubectl exec -it p -- sh", "kubectl exec p", "oc rsh p", "kubectl exec p ls", "kubectl exec -it p -- bash -c 'ls; rm x'", "oc rsh p rm x", "oc rsh p oc debug node/x -- ls"]),
    Rule::reads("kubectl diff|kubectl kustomize|kubectl convert", "it shows what would change", "").must_not(&["kubectl diff -f y", "KUBECTL_EXTERNAL_DIFF='sh x' kubectl diff -f y", "kubectl kustomize . -o f"]).words(|asked, _| Some(Call::changes(asked.name, "it runs programs that settings name"))),
    Rule::destroys("kubectl delete", "it deletes things of the cluster").flags(EVIDENCE).must_not(&["kubectl delete pod x", "kubectl delete pod x --dry-run=none", "oc delete -n x pvc y", "kubectl delete ns x --dry-run=client"]),
    Rule::destroys("kubectl drain|kubectl adm drain|kubectl replace", "it evicts or replaces what runs").must_not(&["kubectl drain n", "oc adm drain n", "kubectl replace --force -f x"]),
    Rule::changes(
        "kubectl edit|kubectl patch|kubectl scale|kubectl autoscale|kubectl annotate|kubectl label|kubectl run|kubectl expose|kubectl cordon|kubectl uncordon|kubectl taint|kubectl cp|kubectl port-forward|kubectl proxy|kubectl attach|kubectl debug|kubectl adm cordon|kubectl adm uncordon|kubectl adm taint|kubectl adm must-gather|kubectl adm inspect|kubectl adm upgrade|kubectl project|kubectl login|kubectl logout|kubectl new-app|kubectl new-project|kubectl start-build|kubectl import-image|kubectl rollback|kubectl process|kubectl tag|kubectl extract|kubectl rsync|kubectl cancel-build|kubectl adm prune|kubectl observe|kubectl idle|kubectl adm certificate|kubectl completion",
        "it changes the cluster, or opens a way into it",
    )
    .must_not(&["kubectl scale deploy x --replicas=0", "kubectl port-forward svc/x 80", "oc debug node/x", "oc adm cordon x", "kubectl edit cm x", "kubectl patch x", "kubectl proxy", "oc project x", "oc extract secret/x --to=-", "kubectl apply -f x", "kubectl create -f x", "kubectl apply -f x --dry-run=none"]),
    Rule::verbs("helm", "-n: namespace= kube-context= kubeconfig= debug burst-limit= qps= kube-apiserver= kube-token= kube-ca-file= kube-as-user= kube-as-group= registry-config= repository-cache= repository-config=")
        .must_not(&["helm upgrade x y", "helm install x y", "helm frob"]),
    Rule::only_reads("helm list|helm ls|helm status|helm history|helm hist|helm version|helm env|helm search|helm show|helm inspect", "it only asks", "-aAqdrf:o:m:l:s all all-namespaces output= max= filter= short revision= version= versions devel show-resources show-desc selector= deployed failed pending date reverse superseded uninstalled uninstalling time-format= repo= regexp jsonpath= client template= offset= username= no-headers")
        .must(&["helm list -A", "helm status x", "helm history x", "helm show values c"]),
    Rule::only_reads("helm get", "it only asks, and shows the values as set", "-ao: all output= revision= template=").flags(SECRETS).must(&["helm get values x", "helm get manifest x"]),
    Rule::reads("helm lint|helm template", "it only checks or renders a chart", "-f:s: values= set= strict show-only= namespace= version= quiet with-subcharts include-crds").must(&["helm template x ./c", "helm lint ./c"]).must_not(&["helm template x ./c --post-renderer ./x", "helm template x c --output-dir d"]),
    Rule::destroys("helm uninstall|helm delete|helm del|helm un", "it deletes a release").must_not(&["helm uninstall x"]),
    Rule::changes("helm rollback|helm upgrade|helm install|helm repo|helm pull|helm push|helm plugin|helm dependency|helm package|helm create|helm test|helm registry", "it changes a release or what helm keeps").must_not(&["helm rollback x 1", "helm repo update", "helm test x"]),
    Rule::verbs("istioctl|linkerd|argocd|flux|velero|cilium|calicoctl|kubeadm|k3s|minikube|kind|virtctl|ocm|odf", "-n: namespace= context= kubeconfig="),
    Rule::only_reads("istioctl version|istioctl proxy-status|istioctl analyze|istioctl ps|linkerd check|linkerd version|argocd version|flux check|velero version|cilium status|cilium version|calicoctl version|kubeadm version|minikube status|minikube version|kind version|virtctl version", "it only asks", "-A all-namespaces short client output= o:").must(&["istioctl proxy-status", "cilium status"]).must_not(&["minikube stop", "argocd app sync x", "kubeadm reset"]),
    Rule::verbs("argocd app|flux get|velero backup|velero restore|ocm list|ocm describe|odf cephfs-snap|odf subvolume|kubeadm certs|kubeadm token|kubeadm config|kubeadm config images", ""),
    Rule::only_reads("argocd app list|argocd app get|argocd app history|flux get kustomizations|flux get sources|flux get all|velero backup get|velero backup describe|velero backup logs|velero restore get|ocm list clusters|ocm describe cluster|odf cephfs-snap ls|odf subvolume ls|kubeadm certs check-expiration|kubeadm config images list", "it only asks", "-Ao: all-namespaces output= orphaned stale storage-client= details")
        .must(&["velero backup get", "odf cephfs-snap ls --orphaned", "ocm list clusters", "argocd app get x"])
        .must_not(&["odf subvolume delete a b c", "velero backup delete x", "argocd app delete x", "kubeadm config images pull"]),
];

fn secret(kind: &str) -> Option<Call> {
    (kind.starts_with("secret") || kind.split([',', '/']).any(|k| k.starts_with("secret")))
        .then(|| Call::reads("").flagged(SECRETS))
}

/// The command run in a pod: behind `--`, and with `oc rsh` behind the pod too.
fn exec(asked: &Asked<'_>) -> Call {
    let own = "-c:itqf:n:T container= stdin=? tty=? quiet namespace= context= kubeconfig= filename= pod-running-timeout= insecure-skip-tls-verify=? no-tty=?";
    // `oc rsh` takes all behind the pod as the command, what stands there may be a `--` of its own.
    if let Some(at) = asked.args.iter().position(|a| a == "--").filter(|_| asked.name != "rsh") {
        let given = options::read(asked.args.get(..at).unwrap_or_default(), &[own]);
        return match (&given.stranger, asked.args.get(at + 1..)) {
            (Some(option), _) => Call::changes(option, "this option is not known"),
            (None, Some(command)) if !command.is_empty() && given.words.len() < 2 => asked.tail(command),
            _ => Call::changes("exec", "it opens a shell in a container"),
        };
    }
    let ends = format!("+ {own}");
    let given = options::read(asked.args, &[&ends]);
    match (&given.stranger, asked.args.get(given.rest + 1..)) {
        (None, Some([dashes, command @ ..])) if asked.name == "rsh" && dashes == "--" && !command.is_empty() => {
            asked.tail(command)
        }
        (None, Some(command)) if asked.name == "rsh" && !command.is_empty() => asked.tail(command),
        (Some(option), _) => Call::changes(option, "this option is not known"),
        _ => Call::changes(asked.name, "it runs a command in a container, which `--` has to come before"),
    }
}
