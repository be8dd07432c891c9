/* How the machine, the engine or the network reports a failure, and what to do about each. */
#include <stddef.h>

#include "triage.h"

#define NETWORK_FIX "sudo systemctl restart docker (it writes its firewall rules again); hi clean networks"

static const struct failure
    dns = { "docker-dns", "Docker DNS", "Reset Docker networking" },
    exhausted = { "container-timeout", "Resource exhaustion",
	"docker system prune -f (when no other tests are running), retry" },
    oom = { "oom", "Too many concurrent tests", "Reduce concurrency, wait for completion" },
    killed = { "oom", "A process was killed, most likely out of memory",
	"Reduce concurrency, or give the engine more memory" },
    slow = { "slow-engine", "Too many concurrent tests", "Reduce concurrency, wait for completion" },
    disk = { "no-space", "Disk full", "Delete old control_logs/" },
    keys = { "keyring", "The kernel's quota of keys is used up, one for each container",
	"sudo sysctl kernel.keys.maxkeys=2000 kernel.keys.maxbytes=2000000" },
    quota = { "no-space", "A disk quota is exceeded", "Delete old control_logs/, or raise the quota" },
    watches = { "inotify", "The kernel's inotify limits are used up",
	"sudo sysctl fs.inotify.max_user_instances=1024 fs.inotify.max_user_watches=524288" },
    files = { "open-files", "Too many open files",
	"Raise the limit of open files (ulimit -n; LimitNOFILE of docker.service)" },
    processes = { "pids", "Too many processes or threads",
	"Reduce concurrency, or raise the limit (ulimit -u, TasksMax of docker.service, kernel.pid_max)" },
    rate_limit = { "rate-limit", "The registry's rate limit was reached",
	"Log in (DOCKERHUB_USERNAME, DOCKERHUB_TOKEN) or wait" },
    denied = { "image-denied", "The registry refused access to an image",
	"Log in to it (docker login), and check the image's name" },
    no_image = { "image", "An image does not exist",
	"Check its name and tag (HEADSCALE_INTEGRATION_*_IMAGE, Dockerfile), or build it" },
    unresolved = { "image", "An image could not be resolved", "docker pull IMAGE, by hand, says why" },
    platform = { "platform", "An image is for another processor architecture",
	"Pull or build it for the engine's (docker info -f {{.Architecture}}), "
	"unset DOCKER_DEFAULT_PLATFORM, or emulate it (binfmt)" },
    registry = { "registry", "The registry could not be reached",
	"Check the network, its DNS and its proxy, or give the image by HEADSCALE_INTEGRATION_*_IMAGE" },
    clock = { "clock", "A certificate is not valid at the engine's time",
	"Set the clock of the engine's machine (timedatectl set-ntp true), retry" },
    registry_down = { "registry", "The registry answered with an error of its own", "Wait and retry" },
    modules = { "modules", "Go modules could not be downloaded",
	"Check the network, or fill HEADSCALE_INTEGRATION_GO_CACHE beforehand" },
    packages = { "packages", "Packages or sources could not be downloaded while an image was built",
	"Check the network and its DNS, retry" },
    api = { "engine-api", "The engine no longer speaks the API version of the tests' Docker client",
	"hi doctor; update the client in the checkout's go.mod, or set \"min-api-version\" in daemon.json" },
    hung_up = { "engine-api", "The engine hung up on the tests' Docker client: it restarted, or the API is "
    "too old",
	"hi doctor; update dockertest in the checkout's go.mod, or set \"min-api-version\" in daemon.json" },
    engine = { "engine", "The engine went away or may not be talked to",
	"Start Docker, check the permission on its socket (hi doctor), retry" },
    pool = { "address-pool", "The engine has no addresses left for a network",
	"Remove unused networks: hi clean networks" },
    port = { "port", "A port of the host is taken", "Stop what listens there (ss -ltnp), retry" },
    proxy = { "port", "The engine could not forward a port",
	"Stop what listens there (ss -ltnp), or restart Docker" },
    route = { "route", "A route that an earlier network left is in the way",
	"hi clean networks; ip route; restart Docker if it stays" },
    firewall = { "firewall", "The engine's firewall rules are gone, or could not be written", NETWORK_FIX },
    many = { "network", "The engine can't put a new container on several networks at once",
	"Update the engine (Docker 25 and newer can)" },
    network = { "network", "The engine could not set up a container's network", NETWORK_FIX },
    veth = { "veth", "The kernel could not create a container's network interface",
	"Reboot if the kernel was updated (modprobe veth bridge), else restart Docker" },
    cgroup = { "cgroup", "The engine could not set up a container's cgroup",
	"Restart Docker; see that systemd answers (systemctl is-system-running)" },
    seccomp = { "seccomp", "The engine's seccomp filter could not be installed",
	"Update Docker, runc and libseccomp; look for a profile of your own in daemon.json" },
    lsm = { "apparmor", "AppArmor or SELinux stood in the engine's way",
	"sudo systemctl restart apparmor docker; journalctl -k | grep -i denied" },
    storage = { "storage", "The engine's image store is damaged or busy",
	"docker system prune -f (when no other tests are running), restart Docker, pull the image again" },
    shim = { "containerd", "containerd, or its process beside a container, went away",
	"sudo systemctl restart containerd docker, retry" },
    runtime = { "runtime", "The engine could not start a container",
	"docker run --rm hello-world; journalctl -u docker" },
    locks = { "locks", "Podman has no lock left for another container",
	"podman system prune, or raise num_locks in containers.conf and podman system renumber" },
    tun = { "tun", "The kernel has no TUN device for the clients",
	"modprobe tun on the machine that the engine runs on" };

enum { T = IN_TEST, S = IN_SERVER, C = IN_CLIENT, O = IN_OTHER };

/* The particular comes before the general: one line may hold several errors, wrapped in each other. */
const struct signature signatures[] = {
	/* From the README of the Go hi. */
	{ &dns, T | C, "failed to resolve *hs-*no DNS fallback candidates remain" },
	{ &exhausted, T, "container creation timeout|no progress*2 min" },

	/* If an image or a command line lacks something, the tests are at fault, whoever reports it. */
	{ NULL, T, "executable file not found in |exec: *: no such file or directory|"
	    "exec: *: permission denied|OCI runtime exec failed|/api/v2/" },

	/* Memory. */
	{ &oom, IN_INSPECT, "\"OOMKilled\": true|\"OOMKilled\":true" },
	{ &oom, IN_EVENTS, "\"Action\":\"oom\"" },
	{ &oom, T | O, "OOM kill|OOM-kill|oom-kill|Out of memory: Kill|out of memory: Kill" },
	{ &oom, T | S | O, "runtime: out of memory" },
	{ &killed, T, "^signal: killed$|compile: signal: killed|link: signal: killed|asm: signal: killed|"
	    "cgo: signal: killed|Killed signal terminated program|ld terminated with signal 9|"
	    "did not complete successfully: exit code: 137" },
	{ &oom, T, "cannot map pages in arena address space" },
	{ &oom, T | S, "cannot allocate memory" },
	{ &oom, T | O, "Cannot allocate memory" },
	{ &slow, T, "docker.sock*context deadline exceeded|unix.sock/*context deadline exceeded|"
	    "unix.sock/*Client.Timeout exceeded|docker.sock*Client.Timeout exceeded|"
	    "docker.sock*i/o timeout" },

	/* Limits whose messages name something else. */
	{ &keys, T, "create session key*quota exceeded" },
	{ &watches, T | S, "inotify*too many open files|inotify*no space left on device|"
	    "fsnotify*too many open files|inotify instances reached|inotify watches reached" },

	/* Registries: first what they answered, then what was asked of them. */
	{ &rate_limit, T, "toomanyrequests|TOOMANYREQUESTS|pull rate limit|/v2/*429 Too Many Requests|"
	    "/token*429 Too Many Requests|failed to resolve *429 Too Many Requests|"
	    "failed to copy*429 Too Many Requests|failed to fetch *429 Too Many Requests|"
	    "unexpected HTTP status: 429|error from registry: *too many requests" },
	{ &platform, T, "no matching manifest for|no match for platform in manifest|"
	    "does not match the specified platform|does not match the detected host platform|"
	    "exec format error" },
	{ &no_image, T, "pull access denied|manifest unknown|MANIFEST_UNKNOWN|NAME_UNKNOWN|"
	    "manifest for *not found|repository name not known to registry|"
	    "not found: does not exist or no pull access|No such image: |no such image: |"
	    "failed to resolve source metadata for *: not found|failed to resolve reference *: not found|"
	    "failed to resolve image*: not found" },
	{ &denied, T, "requested access to the resource is denied|unauthorized: authentication required|"
	    "unauthorized: incorrect username or password|unauthorized: access to the requested resource|"
	    "failed to authorize*401 Unauthorized|insufficient_scope: authorization failed|"
	    "no basic auth credentials|/v2/*401 Unauthorized|/v2/*403 Forbidden|"
	    "/v2/*: denied|response from daemon: denied|response from daemon: unauthorized|"
	    "error from registry: denied|"
	    "failed to fetch anonymous token*401 Unauthorized|failed to fetch anonymous token*403 Forbidden|"
	    "failed to resolve *403 Forbidden|failed to resolve *401 Unauthorized" },
	{ &clock, T, "/v2/*certificate has expired or is not yet valid|"
	    "failed to do request: *certificate has expired or is not yet valid|"
	    "/@v/*certificate has expired or is not yet valid" },
	{ &registry, T, "/v2/*dial tcp|/v2/*dialing |/v2/*proxyconnect tcp|/v2/*TLS handshake|/v2/*x509: |"
	    "/v2/*tls: |/v2/*i/o timeout|/v2/*request canceled|/v2/*deadline exceeded|"
	    "/v2/*Client.Timeout exceeded|/v2/*connection reset by peer|"
	    "/v2/*HTTP response to HTTPS client|/v2/*: EOF|/v2/*unexpected EOF|/token?*dial tcp|"
	    "/token?*timeout|failed to do request: *dial tcp|failed to do request: *i/o timeout|"
	    "failed to do request: *TLS handshake|failed to do request: *x509: |"
	    "failed to do request: *deadline exceeded|failed to do request: *connection re|"
	    "failed to do request: *EOF|failed to resolve reference*no such host|"
	    "failed to fetch anonymous token*dial tcp|failed to fetch oauth token*dial tcp|"
	    "failed to resolve reference*deadline exceeded|failed to resolve reference*DeadlineExceeded|"
	    "failed to resolve source metadata*no such host|"
	    "failed to resolve source metadata*deadline exceeded|"
	    "failed to resolve source metadata*DeadlineExceeded" },
	{ &registry_down, T, "/v2/*500 Internal Server Error|/v2/*502 Bad Gateway|"
	    "/v2/*503 Service Unavailable|/v2/*504 Gateway Time|"
	    "failed to resolve *503 Service Unavailable|failed to resolve *502 Bad Gateway|"
	    "failed to resolve *500 Internal Server Error|received unexpected HTTP status: 5|"
	    "failed to fetch anonymous token|failed to fetch oauth token" },
	{ &unresolved, T, "failed to resolve source metadata for |failed to resolve reference " },
	{ &modules, T, "/@v/*dial tcp|/@v/*timeout|/@v/*connection reset|/@v/*502 Bad Gateway|"
	    "/@v/*503 Service Unavailable|/lookup/*dial tcp|/lookup/*timeout|"
	    "/@v/*unexpected EOF|unexpected EOF reading http*/@v/|"
	    "/@v/*stream error: |stream error: *received from peer*/@v/" },
	{ &packages, T, "Temporary failure resolving '|Could not resolve '|"
	    "WARNING: fetching *temporary error|DNS: transient error|Unable to fetch some archives|"
	    "E: Failed to fetch http|index files failed to download|"
	    "unable to access 'http*Could not resolve host|unable to access 'http*Failed to connect to|"
	    "unable to access 'http*returned error: 5|unable to access 'http*timed out|"
	    "unable to access 'http*Recv failure|unable to access 'http*gnutls_handshake|"
	    "RPC failed; curl |RPC failed; HTTP 5|^curl: (6) Could not resolve host|"
	    "Could not resolve host: github.com|Could not resolve host: dl." },

	/* The engine itself. */
	{ &api, T, "client version *is too old. Minimum supported API version|"
	    "client version *is too new. Maximum supported API version" },
	{ &hung_up, T, "write unix *docker.sock*broken pipe|docker.sock*broken pipe" },
	{ &engine, T, "Cannot connect to the Docker daemon|failed to connect to the docker API|"
	    "Is the docker daemon running|dial unix *docker.sock|docker.sock*connection reset by peer|"
	    "docker.sock*: EOF|docker.sock*permission denied|unix.sock/*: EOF|"
	    "unix.sock/*connection reset by peer|failed to receive status: rpc error: code = Unavailable|"
	    "listing workers for Build|"
	    "request returned *Internal Server Error for API route and version|"
	    "request returned *Bad Gateway for API route and version|"
	    "request returned *Service Unavailable for API route and version|"
	    "failed to solve: *received prior goaway|failed to solve: *RST_STREAM|"
	    "failed to solve: *INTERNAL_ERROR" },

	/* Networks. */
	{ &pool, T, "could not find an available, non-overlapping IPv4 address pool|"
	    "could not find an available, non-overlapping IPv6 address pool|"
	    "all predefined address pools have been fully sub|"
	    "Pool overlaps with other one on this address space|"
	    "available IPv4 addresses on this network|available IPv6 addresses on this network|"
	    "no available addresses on this pool" },
	{ &port, T, "port is already allocated|failed to bind host port|"
	    "failed to bind port *address already in use|ports are not available: |"
	    "userland proxy*address already in use|external connectivity*address already in use" },
	{ &proxy, T, "userland proxy" },
	{ &route, T, "cannot program address * in sandbox interface" },
	{ &firewall, T, "No chain/target/match by that name|iptables failed:|ip6tables failed:|"
	    "Failed to program FILTER chain|Failed to program NAT chain|Failed to Setup IP tables|"
	    "Unable to enable DNAT rule|Unable to enable SKIP DNAT rule|Unable to enable ACCEPT|"
	    "Unable to enable NAT rule|holding the xtables lock|initialize iptables table|"
	    "RULE_APPEND failed|RULE_INSERT failed|nft: *Could not process rule|failed to apply nftables|"
	    "nftables*No such file or directory|error creating nftables|running nft|"
	    "netavark: iptables|netavark: nftables" },
	{ &many, T, "cannot be connected to network endpoints" },
	{ &veth, T, "failed to add the host *pair interfaces|failed to create the host *veth|"
	    "adding interface veth*to bridge|failed to set link *veth|failed to set MTU on host interface|"
	    "veth*device or resource busy|failed to move interface" },
	{ &network, T, "127.0.0.11:53: server misbehaving|127.0.0.11:53: i/o timeout|"
	    "failed to create endpoint|driver failed programming external connectivity|"
	    "failed to set up container networking|subnet sandbox join failed|network sandbox join failed|"
	    "network namespace*no such file or directory|/ns/net*no such file or directory|"
	    "failed to allocate gateway|sandbox for container *not found" },

	/* What the kernel refused. */
	{ &tun, T | C, "CONFIG_TUN enabled in your kernel" },
	{ &tun, T, "/dev/net/tun*no such file or directory|/dev/net/tun*no such device" },
	{ &cgroup, T, "unable to apply cgroup configuration|"
	    "disconnected from message bus without replying|setting cgroup config for|"
	    "unable to start unit *docker-|cgroup mountpoint does not exist|cgroups: *cannot |"
	    "cgroup.procs: |cgroup.subtree_control|openat2 /sys/fs/cgroup|"
	    "/sys/fs/cgroup/*no such file or directory|/sys/fs/cgroup/*device or resource busy|"
	    "cannot enter cgroup|crun: creating cgroup" },
	{ &seccomp, T, "adding seccomp filter rule|unable to init seccomp|loading seccomp filter|"
	    "seccomp is not enabled in your kernel|seccomp profile*failed" },
	{ &lsm, T, "apparmor failed to apply profile|unable to apply apparmor profile|"
	    "docker-default profile could not be loaded|AppArmor enabled on system but|apparmor_parser|"
	    "SELinux relabeling of" },
	{ &processes, T, "failed to create new OS thread|increase max user processes|"
	    "pthread_create failed|fork/exec *resource temporarily unavailable|"
	    "fork*Resource temporarily unavailable|pids limit|pids.max|final child's PID from pipe: EOF" },
	{ &files, T, "too many open files|Too many open files" },

	/* Disks. */
	{ &disk, IN_ANY_LOG, "no space left on device" },
	{ &disk, T | O, "No space left on device" },
	{ &disk, T | S, "database or disk is full" },
	{ &disk, T, "devmapper: Thin Pool has" },
	{ &quota, IN_ANY_LOG, "disk quota exceeded" },
	{ &quota, T | O, "Disk quota exceeded" },
	{ &storage, T, "creating overlay mount|mount overlay|mounting *overlay|"
	    "overlay2/*no such file or directory|layer does not exist|failed to get layer|"
	    "failed to register layer|failed to extract layer|failed to prepare extraction snapshot|"
	    "parent snapshot *does not exist|content digest sha256:*not found|"
	    "filesystem layer verification failed|failed to remove root filesystem|"
	    "unable to remove filesystem|/var/lib/docker/*read-only file system|"
	    "/var/lib/docker/*input/output error|/var/lib/containerd/*read-only file system|"
	    "/var/lib/containerd/*input/output error|"
	    "structure needs cleaning|Structure needs cleaning|missing parent *bucket: not found|"
	    "failed to mount *fstype: overlay" },

	/* containerd and the runtime, in which all of the above may be wrapped. */
	{ &shim, T, "shim disconnected|shim exited|containerd-shim*not found|failed to start shim|"
	    "ttrpc: closed|containerd.sock|cannot start a stopped process|"
	    "did not receive an exit event" },
	{ &runtime, T, "OCI runtime create failed|OCI runtime start failed|failed to create shim|"
	    "failed to create task for container|runc create failed|unable to start container process" },
	{ &locks, T, "exceeded num_locks" },
	{ &storage, T, "device or resource busy" },
	{ NULL, 0, NULL },
};
