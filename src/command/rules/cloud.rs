//! Command lines of clouds and of tools that build in them: the operation's name decides, on a list of groups.
//! It never lets through an operation that writes a local file or is not named as one that asks.

use super::{Asked, Call, ENDLESS, Flags, Rule, SECRETS, options};

pub(super) const RULES: &[Rule] = &[
    Rule::own("aws", aws)
        .must(&["aws ec2 describe-instances", "aws s3 ls s3://b/", "aws --region x sts get-caller-identity", "aws logs filter-log-events --log-group-name x", "aws elbv2 describe-target-health --target-group-arn x", "aws rds describe-db-instances --query 'x[*].y' --output table", "aws --version"])
        .must_not(&["aws s3 rm s3://x", "aws s3api get-object --bucket b --key k out", "aws ec2 terminate-instances --instance-ids i", "aws s3 cp a s3://b", "aws sqs receive-message --queue-url x", "aws sqs purge-queue x", "aws lambda invoke f out", "aws ec2 run-instances", "aws", "aws configure", "aws ecs execute-command x", "aws glacier get-job-output out", "aws s3 sync a b --dryrun", "aws s3api get-object-torrent --bucket b --key k out"]),
    Rule::own("gcloud", gcloud)
        .must(&["gcloud compute instances list", "gcloud container clusters describe x --zone y", "gcloud config list", "gcloud --project=p compute backend-services get-health x --region=y", "gcloud logging read 'x' --limit 5", "gcloud projects list --filter x | awk 'NR==2 {print $1}'", "gcloud version", "gcloud info"])
        .must_not(&["gcloud compute instances delete x", "gcloud compute instances delete list", "gcloud scheduler jobs run list", "gcloud config set project x", "gcloud compute ssh x", "gcloud auth login", "gcloud container clusters get-credentials x", "gcloud secrets versions access 1", "gcloud sql export sql a b", "gcloud compute instances reset x", "gcloud --flags-file=f compute instances list", "gcloud"]),
    Rule::own("az", az)
        .must(&["az group list", "az vm show -g x -n y", "az aks list -o table", "az monitor metrics list --resource x"])
        .must_not(&["az group delete -n x", "az login", "az vm restart -g x", "az aks get-credentials -n x", "az", "az rest --method delete", "az vm run-command invoke"]),
    Rule::reads("gsutil", "it only asks for what is stored", "+ -mqDh").words(|_, given| (!matches!(given.verb(), "ls" | "du" | "stat" | "hash" | "version")).then(|| Call::changes(given.verb(), "it copies, deletes or sets what is stored"))).must(&["gsutil ls -L gs://x", "gsutil du -sh gs://x"]).must_not(&["gsutil rm gs://x", "gsutil -m cp a b", "gsutil acl ch -u x", "gsutil"]),
    Rule::reads("bq", "it only asks for tables", "+ project_id= format= location=").words(|_, given| (!matches!(given.verb(), "ls" | "show" | "version")).then(|| Call::changes(given.verb(), "it changes tables or runs a query"))).must(&["bq ls x", "bq show a.b"]).must_not(&["bq rm x", "bq query 'x'", "bq load x"]),
    Rule::verbs("terraform|terragrunt", "~ chdir= help version").must(&["terraform version", "terraform -version"]).must_not(&["terraform plan", "terraform apply", "terraform destroy", "terraform init", "terraform console"]),
    Rule::verbs("terraform state|terraform workspace|terraform providers", "").must_not(&["terraform state rm x", "terraform workspace select x"]),
    Rule::only_reads("terraform version|terraform graph|terraform validate|terraform state list|terraform workspace list|terraform workspace show|terragrunt version", "it only asks", "~ json no-color state= type=").must(&["terraform state list", "terraform validate"]).must_not(&["terraform graph -plan=x"]),
    Rule::only_reads("terraform show|terraform state show|terraform output|terraform state pull", "it only shows what was built", "~ json no-color state= raw").flags(SECRETS).must(&["terraform show", "terraform output -json"]),
    Rule::reads("terraform fmt", "it only checks how files are written", "~ check diff recursive no-color").needs("check").must(&["terraform fmt -check"]).must_not(&["terraform fmt"]),
    Rule::reads("ansible-doc|ansible-config", "it only shows", "-t:lF type= list").words(|asked, given| (asked.name == "ansible-config" && !matches!(given.verb(), "list" | "view" | "dump")).then(|| Call::changes("ansible-config", "it writes a configuration"))).must(&["ansible-doc -l", "ansible-config view"]).must_not(&["ansible-config init", "ansible-inventory --list"]),
    Rule::verbs("gh|glab|doctl|hcloud|flyctl|fly|heroku|linode-cli|scw|ibmcloud|oci|eksctl", ""),
    Rule::verbs("openstack", "").words(super::prompts),
    Rule::verbs("gh pr|gh issue|gh run|gh repo|hcloud server|openstack server|openstack network|eksctl get|doctl compute|doctl compute droplet|heroku ps", ""),
    Rule::only_reads("gh pr list|gh pr view|gh issue list|gh issue view|gh run list|gh run view|gh repo view|hcloud server list|hcloud server describe|openstack server list|openstack server show|openstack network list|eksctl get cluster|doctl compute droplet list", "it only asks", "-R:L:o:n:s:f: limit= repo= state= output= format= region= log json= all-projects").must(&["gh run list", "openstack server list"]).must_not(&["gh pr merge 1", "openstack server delete x", "heroku restart", "openstack"]),
];

fn aws(asked: &Asked<'_>) -> Call {
    let given = options::read(
        asked.args,
        &[
            "region= profile= output= query= endpoint-url= no-verify-ssl no-cli-pager no-paginate debug no-sign-request ca-bundle= cli-read-timeout= cli-connect-timeout= color= version max-items= page-size= filters= filter=",
            "*",
        ],
    );
    if given.any(&["version"]).is_some() && given.words.is_empty() {
        return Call::reads("it prints its version");
    }
    // An option of one operation may take a value: what follows an unknown one is no word of the call.
    let words: Vec<&str> = asked
        .args
        .iter()
        .map(String::as_str)
        .skip_while(|w| {
            w.starts_with('-')
                || given.values(&["region", "profile", "output", "query", "endpoint-url", "ca-bundle"]).any(|v| v == *w)
        })
        .collect();
    let (Some(service), Some(operation)) = (words.first(), words.get(1)) else {
        return Call::changes("aws", "there is no operation");
    };
    if asked.open > crate::command::shell::Open::Closed && words.len() < 3 {
        return Call::changes("aws", "its operation is known only when it runs");
    }
    let bare = |at: usize| words.get(at).is_some_and(|w| !w.starts_with('-'));
    // A word right behind the operation, or behind another word, belongs to no option.
    let loose = bare(2) || operation.starts_with("get-") && (3..words.len()).any(|at| bare(at) && bare(at - 1));
    match (*service, *operation) {
        ("s3", "ls") => Call::reads("it only lists what is stored"),
        ("logs", "tail") => {
            let call = Call::reads("it only shows logs");
            if words.contains(&"--follow") { call.flagged(ENDLESS) } else { call }
        }
        ("configure", "list") | ("configure", "list-profiles") => Call::reads("it only shows the settings"),
        (_, "wait") => Call::reads("it waits for a state"),
        // These write what they get into a file that is named without an option.
        (
            _,
            "get-object" | "get-job-output" | "get-export" | "get-thing-shadow" | "get-sdk" | "get-media" | "get-clip"
            | "get-snapshot-block",
        ) => Call::destroys(operation, "it writes what it gets into a file"),
        ("cognito-identity", _) => Call::changes(operation, "it makes an identity, or is not known to only ask"),
        (_, operation) if loose => Call::changes(operation, "a word without an option may be a file it writes"),
        (_, operation)
            if ["describe-", "list-", "get-", "head-", "lookup-", "batch-get-", "filter-log-events"]
                .iter()
                .any(|p| operation.starts_with(p)) =>
        {
            let secret = [
                "secret",
                "password",
                "token",
                "parameter",
                "credential",
                "authorization",
                "login",
                "user-data",
                "function",
            ]
            .iter()
            .any(|s| operation.contains(s));
            Call::reads("it only asks the cloud").flagged(if secret { SECRETS } else { Flags::default() })
        }
        (_, operation)
            if ["delete-", "terminate-", "purge-", "deregister-", "remove-"]
                .iter()
                .any(|p| operation.starts_with(p))
                || matches!(operation, "rm" | "rb" | "mv") =>
        {
            Call::destroys(operation, "it deletes or stops things in the cloud")
        }
        (_, operation) => Call::changes(operation, "it changes things in the cloud, or is not known to only ask"),
    }
}

/// Groups of `gcloud` and `az`, which stand before an operation.
const GROUPS: &str = "beta alpha compute instances disks container clusters node-pools operations sql projects iam service-accounts keys forwarding-rules backend-services health-checks http-health-checks instance-groups managed unmanaged instance-templates firewall-rules networks subnets addresses ssl-certificates url-maps target-pools target-http-proxies target-https-proxies target-tcp-proxies zones regions machine-types images snapshots routes routers vpn-tunnels logging logs sinks metrics dns managed-zones record-sets kms keyrings pubsub topics subscriptions functions run services revisions jobs config configurations auth storage buckets objects redis artifacts repositories docker monitoring dashboards policies components databases users backups organizations folders billing accounts app versions domains network-endpoint-groups security-policies resource-policies memcache filestore spanner bigtable dataproc dataflow composer environments builds triggers scheduler tasks queues vm vmss aks nodepool network nsg rule vnet subnet public-ip lb nic disk group account acr repository webapp functionapp plan keyvault monitor metrics activity-log alert resource deployment role assignment ad sp cosmosdb postgres flexible-server server mysql eventhub servicebus namespace container-app containerapp redis storage-account blob extension provider tag lock policy advisor recommendation";

/// The operation behind the groups, and whether all before it are groups.
fn operation<'a>(words: &[&'a str]) -> Option<&'a str> {
    // `run` is a product where it comes first, and a verb where it does not.
    let group = |(at, word): &(usize, &str)| GROUPS.split(' ').any(|g| g == *word) && (*word != "run" || *at == 0);
    words.iter().copied().enumerate().find(|pair| !group(pair)).map(|(_, word)| word)
}

fn gcloud(asked: &Asked<'_>) -> Call {
    const TABLE: &str = "-q project= zone= region= format= filter= limit= account= configuration= verbosity= quiet sort-by= zones= regions= location= page-size= uri global instance= cluster= backend-service= order= freshness= flatten= show-manifest billing-project= impersonate-service-account= service-account= iam-account= bucket= dataset= database= managed-by= topic= type= all uri log-http version node-pool= instance-group= keyring= port= start= folder= organization= service= version= dns-zone= zone=";
    cloud(asked, TABLE, |operation| {
        matches!(
            operation,
            "list"
                | "describe"
                | "get-health"
                | "get-iam-policy"
                | "get-value"
                | "get-server-config"
                | "get-serial-port-output"
                | "read"
                | "info"
                | "version"
                | "list-ip-blocks"
                | "list-instances"
                | "list-errors"
                | "get-named-ports"
                | "wait"
        )
    })
}

fn az(asked: &Asked<'_>) -> Call {
    const TABLE: &str = "-o:g:n:l:s: output= resource-group= name= subscription= query= resource= metric= interval= all location= ids= debug verbose only-show-errors namespace= vm-name= nsg-name= vnet-name= account-name= server= start-time= end-time= offset= aggregation= show-details d: cluster-name= server-name=";
    cloud(asked, TABLE, |operation| {
        matches!(
            operation,
            "list"
                | "show"
                | "list-definitions"
                | "list-sizes"
                | "list-skus"
                | "get-instance-view"
                | "version"
                | "list-namespaces"
        )
    })
}

fn cloud(asked: &Asked<'_>, table: &str, asks: fn(&str) -> bool) -> Call {
    let given = options::read(asked.args, &[table]);
    if let Some(option) = &given.stranger {
        return Call::changes(option, "this option is not known to be harmless");
    }
    if given.words.is_empty() && given.any(&["version"]).is_some() {
        return Call::reads("it prints its version");
    }
    match operation(&given.words) {
        None => Call::changes(asked.name, "there is no operation"),
        Some(verb) if asks(verb) && asked.open < crate::command::shell::Open::Anything => {
            Call::reads("it only asks the cloud")
        }
        Some(verb) if matches!(verb, "delete" | "purge") => Call::destroys(verb, "it deletes things in the cloud"),
        Some(verb) => Call::changes(verb, "it changes things in the cloud, or is not known to only ask"),
    }
}
