//! Containers: the verb decides, and the command inside where one is run in a container.
//! It never lets through a verb or an option it does not know.

use super::{Asked, Call, ENDLESS, EVIDENCE, Flags, HEAVY, Mark, Rule, SECRETS, options};

/// What stands before the verb.
const DOCKER: &str = "-H:c:l:Dv host= context= log-level= debug tls tlsverify tlscacert= tlscert= tlskey= version url= connection= remote identity= namespace= address=";
const COMPOSE: &str = "-f:p:D file= project-name= profile= env-file= project-directory= compatibility ansi= progress= parallel= verbose all-resources no-ansi version";

pub(super) const RULES: &[Rule] = &[
    Rule::verbs("docker", DOCKER)
        .must(&["docker --version", "docker -H tcp://x ps", "docker"])
        .must_not(&["docker -H 'ssh://-oProxyCommand=x' ps", "docker --config /x compose ps", "docker --dry-run ps", "docker frob", "docker system prune", "docker buildx build ."]),
    Rule::verbs("docker container|docker image|docker volume|docker network|docker system|docker context|docker builder|docker buildx|docker service|docker node|docker stack|docker swarm|docker secret|docker config|docker plugin|docker manifest|docker trust|docker checkpoint|docker pod|docker machine|docker healthcheck", ""),
    Rule::only_reads("docker ps|docker container ls|docker container ps|docker container list|docker pod ps", "it only lists containers", "-aqlsnf:n: all quiet latest size no-trunc filter= format= last= sort= noheading pod ns").takes_anything()
        .must(&["docker ps -a", "docker ps --filter name=x --format '{{.Names}}'", "docker container ls", "docker ps -aq --no-trunc", "podman ps -a"])
        .must_not(&["docker ps --x", "docker ps > f"]),
    Rule::only_reads("docker images|docker image ls|docker image list", "it only lists images", "-aqf:n all quiet filter= format= no-trunc digests tree sort= noheading").takes_anything().must(&["docker images", "docker image ls", "podman images -q -f dangling=true"]),
    Rule::only_reads("docker inspect|docker container inspect", "it only shows a container's settings", "-f:s format= size type=").takes_anything().flags(SECRETS).must(&["docker inspect web", "docker container inspect rm", "docker inspect -f '{{.State.Status}}' web"]),
    Rule::only_reads(
        "docker image inspect|docker volume inspect|docker network inspect|docker service inspect|docker node inspect|docker context inspect|docker config inspect|docker plugin inspect|docker manifest inspect|docker buildx inspect|docker secret inspect|docker image history|docker history|docker pod inspect",
        "it only shows settings",
        "-f:vHqn format= pretty verbose human no-trunc quiet insecure platform=",
    )
    .must(&["docker volume inspect x", "docker history x", "docker network inspect bridge"])
    .must_not(&["docker buildx inspect --bootstrap"]),
    Rule::only_reads(
        "docker volume ls|docker network ls|docker context ls|docker context show|docker service ls|docker service ps|docker node ls|docker node ps|docker stack ls|docker stack ps|docker stack services|docker secret ls|docker config ls|docker plugin ls|docker buildx ls|docker buildx du|docker system df|docker builder du|docker image exists|docker volume list|docker network list|docker container exists|docker checkpoint ls",
        "it only lists",
        "-qavf:nH filter= format= quiet no-trunc verbose no-resolve all",
    ).takes_anything()
    .must(&["docker system df -v", "docker volume ls -q", "docker network ls", "docker context ls", "docker service ps x"])
    .must_not(&["docker context use prod", "docker volume prune", "docker network rm x"]),
    Rule::only_reads("docker info|docker system info|docker version|docker port|docker container port|docker top|docker container top|docker diff|docker container diff|docker search", "it only asks", "-f:aoxeu format= limit= filter= no-trunc")
        .must(&["docker info", "docker version", "docker port web", "docker top web aux", "docker diff web"]),
    Rule::only_reads("docker logs|docker container logs|docker service logs", "it only shows what a container printed", "-tn: tail= since= until= timestamps details raw no-trunc no-resolve no-task-ids names color").takes_anything()
        .marks(&[Mark::flag("-f follow", ENDLESS)])
        .must(&["docker logs --tail 50 web", "docker logs -f web", "docker logs --since 10m web 2>&1 | grep -i error", "docker logs web -n 5"])
        .must_not(&["docker logs web > f", "docker logs <container> --tail"]),
    Rule::only_reads("docker events|docker system events", "it only shows what happened", "-f: filter= format= since= until= no-trunc stream=")
        .words(|_, given| given.any(&["until"]).is_none().then(|| Call::reads("").flagged(ENDLESS)))
        .must(&["docker events --since=10m", "docker events --until 0s --since 1h"]),
    Rule::only_reads("docker stats|docker container stats", "it only shows use of memory and processor", "-ai: all format= no-trunc no-reset interval=").takes_anything()
        .marks(&[Mark::flag("no-stream", super::NONE)])
        .words(|_, given| given.any(&["no-stream"]).is_none().then(|| Call::reads("").flagged(ENDLESS)))
        .must(&["docker stats --no-stream", "docker stats"]),
    Rule::only_reads("docker wait|docker container wait", "it waits for a container's end", "").flags(ENDLESS).must(&["docker wait web"]),
    Rule::wraps("docker exec|docker container exec", |asked| inside(asked, "+ -itu:w: interactive tty user= workdir= detach-keys="))
        .must(&["docker exec web ls", "docker exec -it -u root web cat /etc/hosts", "docker exec web sh -c 'ls /'", "docker container exec web ps aux"])
        .must_not(&["docker exec r redis-cli FLUSHALL", "docker exec -d web ls", "docker exec -e LD_PRELOAD=x web ls", "docker exec web", "docker exec --privileged web ls", "docker exec -it web sh", "docker exec web sh -c 'ls; rm x'", "docker exec web cat x > f"]),
    Rule::reads("docker cp|docker container cp", "it prints a file of a container", "-Lqa follow-link quiet archive")
        .words(|_, given| (given.words.len() != 2 || given.words.last() != Some(&"-")).then(|| Call::destroys(given.words.last().unwrap_or(&"cp"), "it copies over files")))
        .must(&["docker cp web:/x -"])
        .must_not(&["docker cp web:/etc/x /etc/", "docker cp - web:/", "docker cp x web:/"]),
    Rule::reads("docker export|docker save|docker image save|docker container export|docker volume export", "it prints a whole file system", "").flags(Flags { secrets: true, ..HEAVY }).must(&["docker export web | tar -t"]).must_not(&["docker export -o f web", "docker save --output=f x"]),
    Rule::destroys("docker rm|docker container rm|docker pod rm", "it deletes a container with its logs and state").flags(EVIDENCE).must_not(&["docker rm web", "docker rm -f web"]),
    Rule::destroys("docker rmi|docker image rm|docker volume rm|docker volume prune|docker image prune|docker container prune|docker system prune|docker network prune|docker builder prune|docker buildx prune|docker system reset|docker secret rm|docker config rm|docker stack rm|docker service rm|docker network rm|docker volume remove|docker buildx rm|docker machine rm", "it deletes what Docker keeps")
        .flags(EVIDENCE)
        .must_not(&["docker rmi x", "docker volume rm x", "docker system prune -af --volumes", "docker image prune"]),
    Rule::destroys("docker swarm leave|docker node rm|docker swarm init|docker machine reset", "it takes a machine out of the cluster").must_not(&["docker swarm leave --force"]),
    Rule::changes("docker kill|docker container kill", "it kills a container").must_not(&["docker kill web"]),
    Rule::changes(
        "docker start|docker stop|docker restart|docker pause|docker unpause|docker create|docker update|docker rename|docker pull|docker push|docker build|docker tag|docker load|docker import|docker commit|docker login|docker logout|docker attach|docker container start|docker container stop|docker container restart|docker container update|docker image pull|docker image build|docker image tag|docker image load|docker context use|docker volume create|docker network create|docker network connect|docker network disconnect|docker service update|docker service scale|docker service create|docker stack deploy|docker node update|docker container pause|docker container unpause|docker container rename|docker container create|docker container commit|docker container attach|docker service rollback|docker plugin install|docker buildx build|docker buildx use|docker context create",
        "it starts, stops or changes containers, images or networks",
    )
    .must_not(&["docker start web", "docker stop web", "docker restart web", "docker pull x", "docker attach web", "docker network disconnect n web"]),
    Rule::changes("docker run|docker container run", "it makes and starts a container")
        .marks(&[Mark::destroys("privileged", "it gives a container the whole machine")])
        .must_not(&["docker run --rm alpine ls", "docker run --privileged -v /:/h alpine ls /h", "docker run -it x"]),
    Rule::verbs("docker compose", COMPOSE)
        .must(&["docker compose version", "docker-compose --version", "docker compose -f docker-compose.prod.yml ps redis"])
        .must_not(&["docker compose -f a up", "docker compose --dry-run up", "docker compose frob"]),
    Rule::only_reads("docker compose ps|docker compose ls|docker compose images|docker compose port|docker compose top|docker compose version|docker compose volumes", "it only lists", "-aqnf: all quiet services status= orphans=? filter= format= no-trunc protocol= index= short no-color").takes_anything()
        .must(&["docker compose ps", "docker-compose ps -a", "docker compose ps --status running --services", "docker compose port web 80", "docker compose ls"]),
    Rule::only_reads("docker compose logs", "it only shows what containers printed", "-tn: tail= since= until= timestamps no-color no-log-prefix index=").takes_anything()
        .marks(&[Mark::flag("-f follow", ENDLESS)])
        .must(&["docker compose logs --tail 50 backend", "docker compose logs -f", "docker compose logs --no-color --since 1h | grep x", "docker-compose logs --tail=100 x"])
        .must_not(&["docker compose logs > f"]),
    Rule::only_reads("docker compose events", "it only shows what happens", "json since= until=").flags(ENDLESS).must(&["docker compose events"]),
    Rule::only_reads("docker compose stats", "it only shows use of memory and processor", "-a all format= no-trunc")
        .marks(&[Mark::flag("no-stream", super::NONE)])
        .words(|_, given| given.any(&["no-stream"]).is_none().then(|| Call::reads("").flagged(ENDLESS)))
        .must(&["docker compose stats --no-stream"]),
    Rule::only_reads("docker compose config|docker compose convert", "it only prints the settings", "-q format= services volumes images profiles quiet hash= no-interpolate no-normalize no-path-resolution resolve-image-digests environment variables networks no-consistency")
        .flags(SECRETS)
        .marks(&[Mark::destroys("-o: output=", "it writes a file"), Mark::changes("lock-image-digests", "it writes a file")])
        .must(&["docker compose config", "docker compose config --services", "docker compose -f a -f b config -q"])
        .must_not(&["docker compose config -o f", "docker compose config --output f", "docker compose config --lock-image-digests"]),
    Rule::wraps("docker compose exec", |asked| inside(asked, "+ -Titu:w: no-TTY interactive tty user= workdir= index="))
        .must(&["docker compose exec -T redis redis-cli ping", "docker compose exec web ls", "docker compose -f x exec --user root web cat y"])
        .must_not(&["docker compose exec web rm x", "docker compose exec -d web ls", "docker compose exec web sh", "docker compose exec -e A=b web ls", "docker compose exec redis redis-cli flushall"]),
    Rule::changes("docker compose down", "it stops and removes the containers, and their logs with them")
        .flags(EVIDENCE)
        .marks(&[Mark::destroys("-v volumes", "it deletes the volumes, and with them the data"), Mark::destroys("rmi=", "it deletes images")])
        .must_not(&["docker compose down", "docker compose down -v", "docker-compose down --volumes", "docker compose down --rmi all"]),
    Rule::destroys("docker compose rm", "it deletes containers with their logs and state").flags(EVIDENCE).must_not(&["docker compose rm -f x"]),
    Rule::changes(
        "docker compose up|docker compose start|docker compose stop|docker compose restart|docker compose kill|docker compose pause|docker compose unpause|docker compose pull|docker compose push|docker compose build|docker compose create|docker compose run|docker compose scale|docker compose cp|docker compose watch|docker compose attach|docker compose commit|docker compose export|docker compose wait|docker compose publish",
        "it starts, stops or changes containers",
    )
    .must_not(&["docker compose up -d", "docker compose restart x", "docker compose run --rm x true", "docker compose cp a b:/", "docker-compose up -d", "docker compose stop"]),
    Rule::verbs("crictl", "-r:i:t:D runtime-endpoint= image-endpoint= timeout= config= debug"),
    Rule::only_reads("crictl ps|crictl pods|crictl images|crictl img|crictl inspect|crictl inspectp|crictl inspecti|crictl info|crictl version|crictl imagefsinfo|crictl port", "it only lists", "-aqvlo: all quiet verbose output= name= state= latest no-trunc pod= label= template= image= namespace= last= id=").flags(SECRETS)
        .must(&["crictl ps -a", "crictl images", "crictl inspect x"])
        .must_not(&["crictl rm x", "crictl rmi --prune", "crictl stop x", "crictl pull x"]),
    Rule::only_reads("crictl logs", "it only shows what a container printed", "-tp tail= since= timestamps previous limit-bytes=").marks(&[Mark::flag("-f follow", ENDLESS)]).must(&["crictl logs --tail=20 x"]),
    Rule::only_reads("crictl stats|crictl statsp", "it only measures", "-aqo:s: all output= id= seconds=").must(&["crictl stats"]),
    Rule::wraps("crictl exec", |asked| inside(asked, "+ -it interactive tty timeout=")).must(&["crictl exec x ls"]).must_not(&["crictl exec x rm y", "crictl exec -it x sh"]),
    Rule::verbs("lxc|incus|ctr|buildah|skopeo|docker-machine|vagrant|virsh", "-n:q namespace= address=").words(super::prompts),
    Rule::only_reads("lxc list|lxc info|incus list|incus info|skopeo inspect|docker-machine ls|docker-machine status|docker-machine env|docker-machine ip|docker-machine inspect|docker-machine version|vagrant global-status|virsh list|virsh dominfo|virsh domstate|virsh nodeinfo|virsh vcpuinfo|virsh domiflist|virsh domblklist|virsh net-list|virsh pool-list|virsh dommemstat|virsh version", "it only lists", "all show-log format= config raw inactive")
        // The address of another machine can name a program that leads there, and `vagrant status` runs the project's own.
        .must(&["virsh list --all", "lxc list", "docker-machine ls", "skopeo inspect docker://x"])
        .must_not(&["virsh destroy x", "lxc stop x", "skopeo copy a b", "docker-machine rm x", "vagrant destroy", "vagrant status", "virsh -c 'qemu+ext://h?command=x' list"]),
    Rule::wraps("lxc exec|incus exec", |asked| inside(asked, "+ -tTn force-noninteractive cwd= mode=")).must(&["lxc exec web -- ls"]).must_not(&["lxc exec web -- rm x", "lxc exec web bash"]),
];

/// The command run in a container, behind its options and the container's name.
pub(super) fn inside(asked: &Asked<'_>, table: &str) -> Call {
    let given = options::read(asked.args, &[table]);
    if let Some(option) = &given.stranger {
        return Call::changes(option, "it runs in the background, with more rights, or with other settings");
    }
    let mut command = asked.args.get(given.rest + 1..).unwrap_or_default();
    if command.first().is_some_and(|w| w == "--") {
        command = command.get(1..).unwrap_or_default();
    }
    if command.is_empty() { Call::changes("exec", "there is no command") } else { asked.tail(command) }
}
