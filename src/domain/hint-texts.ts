/** All that a diagnosis can give as a hint. Each has its text in the other languages of the page; several may follow each other. */
export const hintTexts = {
  'add-configuration': 'Add it to the manifests, or create it in the namespace.',
  'cause-gone': 'Its cause has gone meanwhile; the cluster tries again, in growing intervals.',

  // Images
  'was-it-pushed': 'Was it pushed, and not deleted since?',
  'registry-agrees': '{{host}} says so to Trunkline too.',
  'came-late': '{{host}} has it by now: it came after the node had asked. Retry the run.',
  'build-for-platform': 'Build it for that platform, or let the pod choose other nodes (nodeSelector).',
  'other-processor':
    "The program is made for another processor than the node's: build the image for the platform of the node.",
  'image-name': 'Correct the name of the image: it is in lower case, with at most one tag.',
  'never-pulled':
    'Its imagePullPolicy is Never, so the node has to have the image already: push it to a registry, and let it be pulled.',
  'image-changed': 'An admission rule of the cluster changes images on their way into pods.',
  'reach-registry': 'Check that the node reaches the registry and trusts its certificate.',
  'registry-silent': '{{host}} does not answer Trunkline either: is it up, and is its name right?',
  'way-to-image':
    '{{host}} answers Trunkline, and has the image: look at the way from the node to it (name, firewall, certificate, plain http).',
  'way-to-registry':
    '{{host}} answers Trunkline, and asks for an account: look at the way from the node to it (name, firewall, certificate, plain http).',

  // Pull secrets
  'give-pull-secret': 'Give the service account of the namespace an image pull secret for this registry.',
  'secret-accepted': '{{host}} accepts the pull secret {{secret}} by now. Retry the run.',
  'secret-refused':
    '{{host}} refuses the account in the pull secret {{secret}}: renew it, or allow it to pull.',
  'secret-missing': 'The pull secret {{secret}} does not exist in the namespace: make it.',
  'secret-unreadable': 'Check the pull secret {{secret}}, which Trunkline cannot read: is it for {{host}}?',
  'secret-for-others': 'The pull secret {{secret}} is for {{hosts}}, not for {{host}}.',
  'secret-for-none': 'The pull secret {{secret}} is for no host, not for {{host}}.',
  'no-secret':
    "The pod has no pull secret for {{host}}: make one (kubectl create secret docker-registry) and name it in imagePullSecrets, of the pod or of the namespace's default service account.",
  'own-account': "The account of Trunkline's own config for {{host}} may pull it.",

  // Containers that end, or are not made
  'raise-memory': 'Raise its memory limit, or find out what takes the memory.',
  'memory-guessed': 'The node does not say what killed it, and nothing else is known that would.',
  'maybe-liveness': 'Its liveness probe may have had it killed: see the events.',
  'maybe-post-start': 'Its postStart hook may have failed, upon which it is killed: see the events.',
  'mend-hook': 'Mend the hook, or do what it does when the program starts.',
  'mount-path':
    'Check mountPath and subPath: a file cannot be mounted over a folder, nor a folder over a file.',
  'check-command': 'Check command and args against what the image holds.',
  'no-command': 'The image has neither ENTRYPOINT nor CMD: give it one, or the container a command.',
  'root-image':
    'Give its image a USER other than root, as a number, or set runAsUser in its securityContext.',
  'init-waits': 'The other containers start once it has: see in its log what it waits for.',
  'mount-program':
    'The node lacks the program that mounts such a volume: install it there (nfs-common for NFS, cifs-utils for SMB).',
  'volume-elsewhere':
    'Another node still has the volume, which one alone can have: it is given over once the old pod has ended; the strategy Recreate ends it first.',
  sandbox:
    "Look at the node's network plugin and engine; a memory limit of a few megabytes is too little for any pod.",

  // Probes
  'probe-command': 'Check that the command of the probe is in the image, and what the container waits for.',
  'probe-port-name':
    'The probe asks the port "{{port}}", and no port of the container has that name: name one so, or give its number.',
  'probe-path': 'Check the path and port of the probe, and what the container waits for.',
  'startup-probe': 'Check the path and port of the probe, or give it more time (failureThreshold).',
  'liveness-probe':
    'Check the path and port of the probe; a program that starts slowly wants a startupProbe, which holds the liveness probe back.',
  'probe-answer': '{{question}} through the API server: {{answer}}.',
  'probe-not-served': "The program does not serve this path: correct the probe's.",
  'probe-login': 'The path wants a login: let the probe ask one that answers without.',
  'log-tells': 'See in its log what the program waits for.',
  'other-port': 'Port {{port}} does answer: correct the port of the probe.',
  'where-it-listens':
    'See in its log on which port and address the program listens: on 127.0.0.1 nobody reaches it.',
  'probe-too-short':
    '{{question}} through the API server: {{answer}}, after {{took}} s, but the probe waits {{timeout}} s: raise its timeoutSeconds, or answer faster.',
  'probe-answers-now':
    '{{question}} through the API server: {{answer}}, after {{took}} s: it answers by now. Give the probe more time (failureThreshold, initialDelaySeconds); it may also ask otherwise (httpHeaders, HTTPS).',

  // Nodes
  'node-lost': 'Look at node {{node}}. Once the cluster has given it up, another one gets the pod.',
  'node-name': 'Correct nodeName in the pod template, or take it out: the scheduler then finds a node.',
  'node-late': 'Node {{node}} may also be late: look at it.',
  'node-coming': 'The cluster is adding a node.',
  'node-not-coming': 'The cluster adds no node: {{why}}',
  'lower-requests': 'Lower the requests.',
  'loosen-affinity': 'Loosen the anti-affinity.',
  'correct-affinity': 'Correct nodeSelector or affinity, or label a node.',
  tolerate: 'Give the pod a toleration.',
  'loosen-spread': 'Loosen topologySpreadConstraints.',
  'or-add-node': 'Or add a node that fits.',
  'room-now': 'Node {{node}} has room by now, as far as it can be seen here: retry the run.',
  'claim-missing': 'The claim {{claim}} does not exist in the namespace: add it to the manifests.',
  'claim-unbound': 'The claim {{claim}} (storage class {{storage}}) is not bound to a volume.',
  'claim-without-class': 'The claim {{claim}}, which names no storage class, is not bound to a volume.',
  'claim-said': 'The cluster says of it: {{why}}',
  'room-may-come': 'Pods that still end may leave the room for it.',
  finalizer: 'Whoever has set the finalizer must take it away; is that controller still there?',
  'pod-unended':
    'Look at node {{node}}: is it ready? "kubectl delete pod {{pod}} --force" gives the pod up, though it may still run.',

  // What the cluster refuses, and Services
  quota: 'Raise the quota or lower the requests; a rolling update needs room for maxSurge more pods.',
  'name-missing': 'What the pods name does not exist: create it, or correct the name.',
  'limit-range': 'A LimitRange of the namespace says so: change the requests and limits of the container.',
  'quota-wants-requests': 'A quota of the namespace wants each container to say so: add requests and limits.',
  'webhook-silent':
    'The webhook that judges pods here cannot be asked: see whether what serves it runs, and answers the API server.',
  'rules-refuse': 'The rules of the cluster or namespace refuse these pods.',
  'port-name': 'Name a port of the container so, or give its number as targetPort.',
  'pod-labels': 'The pods of {{workload}} have {{labels}}.',

  // Docker Swarm
  'host-port':
    'A port published in host mode can be held by one task of a node: use order: stop-first, or fewer replicas.',
  'port-holder': 'Find out who holds the port on that node.',
  'swarm-placement': 'Compare placement and resources with `docker node ls` and `docker node inspect`.',
  'swarm-memory': 'Raise deploy.resources.limits.memory, or find out what takes the memory.',
  'swarm-command': 'Check command and entrypoint against what the image holds.',
  'health-check':
    'Check what the health check asks for, and whether start_period and retries give it the time.',
  'swarm-account': "Give the registry's entry in the server's config an account that may read it.",
  'swarm-reach-registry':
    'Check that every node of the swarm reaches the registry and trusts its certificate.',

  // After the rollout
  'gate-no-data':
    'Does Prometheus scrape the new pods? Its page of targets shows it. A rate needs two scrapes: raise `delay` or `patience`.',
  'gate-error': "Check `prometheus` of the environment in the server's config, and the query.",
  'request-unanswered':
    'It was asked until its time (`within`) was over, while all pods were healthy: see in their log what they did with the request.',
} as const;
