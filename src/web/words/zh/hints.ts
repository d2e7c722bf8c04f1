import type { HintKey } from '../../../domain/hint.ts';

/** 对上线失败原因的建议。 */
export const hints: Record<HintKey, string> = {
  'add-configuration': '请把它加入清单，或在命名空间中创建。',
  'cause-gone': '原因已经消除；集群会自动重试，间隔逐次变长。',

  'was-it-pushed': '镜像推送了吗？之后有没有被删除？',
  'registry-agrees': '{{host}} 对 Trunkline 也是这样回答的。',
  'came-late': '{{host}} 现在已有该镜像：它在节点拉取之后才到。请重试该运行。',
  'build-for-platform': '请为该平台构建镜像，或让 Pod 选择其他节点（nodeSelector）。',
  'other-processor': '程序是为另一种处理器编译的：请按节点的平台构建镜像。',
  'image-name': '请改正镜像名称：只能用小写字母，最多一个标签。',
  'never-pulled': 'imagePullPolicy 为 Never，节点必须已有该镜像：请推送到镜像仓库并允许拉取。',
  'image-changed': '集群的准入规则改动了 Pod 使用的镜像。',
  'reach-registry': '请检查节点能否连接镜像仓库，并信任其证书。',
  'registry-silent': '{{host}} 对 Trunkline 也没有响应：它在运行吗？名称正确吗？',
  'way-to-image':
    '{{host}} 能回应 Trunkline，也有该镜像：请检查从节点到它的连接（名称、防火墙、证书、明文 http）。',
  'way-to-registry':
    '{{host}} 能回应 Trunkline，但要求账户：请检查从节点到它的连接（名称、防火墙、证书、明文 http）。',

  'give-pull-secret': '请为命名空间的服务账户添加该镜像仓库的拉取密钥（imagePullSecrets）。',
  'secret-accepted': '{{host}} 现在接受拉取密钥 {{secret}}。请重试该运行。',
  'secret-refused': '{{host}} 拒绝拉取密钥 {{secret}} 中的账户：请更新密钥，或允许该账户拉取。',
  'secret-missing': '命名空间中没有拉取密钥 {{secret}}：请创建。',
  'secret-unreadable': 'Trunkline 无法读取拉取密钥 {{secret}}：请检查它是否用于 {{host}}。',
  'secret-for-others': '拉取密钥 {{secret}} 用于 {{hosts}}，而不是 {{host}}。',
  'secret-for-none': '拉取密钥 {{secret}} 没有任何主机，也就不能用于 {{host}}。',
  'no-secret':
    'Pod 没有用于 {{host}} 的拉取密钥：请创建（kubectl create secret docker-registry），并写入 Pod 或命名空间默认服务账户的 imagePullSecrets。',
  'own-account': 'Trunkline 自身配置中用于 {{host}} 的账户可以拉取。',

  'raise-memory': '请提高内存上限，或查明内存被什么占用。',
  'memory-guessed': '节点没有说明是什么结束了它，也没有发现其他可能。',
  'maybe-liveness': '可能是存活探针使它被结束：请查看事件。',
  'maybe-post-start': '可能是 postStart 钩子失败使它被结束：请查看事件。',
  'mend-hook': '请修正该钩子，或把它所做的事放到程序启动时。',
  'mount-path': '请检查 mountPath 和 subPath：文件不能挂载到目录上，目录也不能挂载到文件上。',
  'check-command': '请对照镜像内容检查 command 和 args。',
  'no-command': '镜像没有 ENTRYPOINT 也没有 CMD：请在镜像中添加，或为容器指定 command。',
  'root-image': '请在镜像中用数字指定非 root 的 USER，或在 securityContext 中设置 runAsUser。',
  'init-waits': '它结束之后其他容器才会启动：请在它的日志中查看它在等待什么。',
  'mount-program': '节点缺少挂载这种卷的程序：请在节点上安装（NFS 用 nfs-common，SMB 用 cifs-utils）。',
  'volume-elsewhere':
    '该卷只能由一个节点使用，目前仍在另一个节点上：旧 Pod 结束后才会交出；Recreate 策略会先结束旧 Pod。',
  sandbox: '请检查节点的网络插件和容器引擎；几 MB 的内存上限对任何 Pod 都太小。',

  'probe-command': '请检查镜像中是否有探针的命令，以及容器在等待什么。',
  'probe-port-name': '探针访问端口“{{port}}”，但容器没有这个名称的端口：请为端口命名，或在探针中填写端口号。',
  'probe-path': '请检查探针的路径和端口，以及容器在等待什么。',
  'startup-probe': '请检查探针的路径和端口，或给它更多时间（failureThreshold）。',
  'liveness-probe': '请检查探针的路径和端口；启动慢的程序需要 startupProbe，它会推迟存活探针。',
  'probe-answer': '经 API server 访问 {{question}}：{{answer}}。',
  'probe-not-served': '程序不提供这个路径：请改正探针的路径。',
  'probe-login': '该路径要求登录：请让探针访问无需登录的路径。',
  'log-tells': '请在日志中查看程序在等待什么。',
  'other-port': '端口 {{port}} 有响应：请改正探针的端口。',
  'where-it-listens': '请在日志中查看程序监听的端口和地址：监听 127.0.0.1 时外部无法访问。',
  'probe-too-short':
    '经 API server 访问 {{question}}：{{answer}}，用时 {{took}} 秒，而探针只等待 {{timeout}} 秒：请提高 timeoutSeconds，或加快响应。',
  'probe-answers-now':
    '经 API server 访问 {{question}}：{{answer}}，用时 {{took}} 秒：现在已有响应。请给探针更多时间（failureThreshold、initialDelaySeconds）；探针的访问方式也可能不同（httpHeaders、HTTPS）。',

  'node-lost': '请检查节点 {{node}}。集群放弃该节点后，Pod 会被安排到另一个节点。',
  'node-name': '请改正 Pod 模板中的 nodeName，或将其删除，由调度器选择节点。',
  'node-late': '节点 {{node}} 也可能只是响应慢：请检查。',
  'node-coming': '集群正在增加节点。',
  'node-not-coming': '集群没有增加节点：{{why}}',
  'lower-requests': '请降低资源请求。',
  'loosen-affinity': '请放宽反亲和性。',
  'correct-affinity': '请改正 nodeSelector 或亲和性，或为节点添加标签。',
  tolerate: '请为 Pod 添加容忍度（toleration）。',
  'loosen-spread': '请放宽 topologySpreadConstraints。',
  'or-add-node': '或者添加合适的节点。',
  'room-now': '目前看来节点 {{node}} 已有余量：请重试该运行。',
  'claim-missing': '命名空间中没有存储声明 {{claim}}：请加入清单。',
  'claim-unbound': '存储声明 {{claim}}（存储类 {{storage}}）没有绑定到卷。',
  'claim-without-class': '存储声明 {{claim}} 没有指定存储类，也没有绑定到卷。',
  'claim-said': '集群对它的说明：{{why}}',
  'room-may-come': '正在结束的 Pod 可能会腾出位置。',
  finalizer: '需要由设置该 finalizer 的控制器将其移除；该控制器还在吗？',
  'pod-unended':
    '请检查节点 {{node}} 是否就绪。执行“kubectl delete pod {{pod}} --force”可放弃该 Pod，但它可能仍在运行。',

  quota: '请提高配额或降低资源请求；滚动更新需要为 maxSurge 个额外的 Pod 留出余量。',
  'name-missing': 'Pod 引用的对象不存在：请创建，或改正名称。',
  'limit-range': '这是命名空间的 LimitRange 所限：请修改容器的资源请求和上限。',
  'quota-wants-requests': '命名空间的配额要求每个容器写明：请添加资源请求和上限。',
  'webhook-silent': '无法访问此处审查 Pod 的 Webhook：请检查提供它的程序是否在运行，并能回应 API server。',
  'rules-refuse': '集群或命名空间的规则拒绝了这些 Pod。',
  'port-name': '请用这个名称为容器的端口命名，或在 targetPort 中填写端口号。',
  'pod-labels': '{{workload}} 的 Pod 的标签是 {{labels}}。',

  'host-port': '以 host 模式发布的端口，每个节点只能由一个任务占用：请使用 order: stop-first，或减少副本数。',
  'port-holder': '请查明该节点上是谁占用了端口。',
  'swarm-placement': '请用 `docker node ls` 和 `docker node inspect` 对照放置约束与资源。',
  'swarm-memory': '请提高 deploy.resources.limits.memory，或查明内存被什么占用。',
  'swarm-command': '请对照镜像内容检查 command 和 entrypoint。',
  'health-check': '请检查健康检查访问的内容，以及 start_period 和 retries 是否留足了时间。',
  'swarm-account': '请在服务器配置中为该镜像仓库指定有读取权限的账户。',
  'swarm-reach-registry': '请检查 swarm 的每个节点能否连接镜像仓库，并信任其证书。',

  'gate-no-data':
    'Prometheus 抓取新的 Pod 了吗？可在它的 targets 页面查看。计算速率需要两次抓取：请提高 `delay` 或 `patience`。',
  'gate-error': '请检查服务器配置中该环境的 `prometheus`，以及查询语句。',
  'request-unanswered':
    '在时限（`within`）内一直访问，期间所有 Pod 都健康：请在它们的日志中查看如何处理了该请求。',
};
