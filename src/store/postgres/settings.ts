/**
 * The settings of the embedded server, given on its command line so that they are always those of this version.
 * Durable as by default; small in everything else: one program uses it, on the machine it shares with builds.
 */
export function serverArguments(socketFolder: string): string[] {
  const settings = {
    ...reach(socketFolder),
    ...durability,
    ...memory,
    ...background,
    ...output,
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

function reach(socketFolder: string) {
  return {
    listen_addresses: '',
    unix_socket_directories: `"${socketFolder.replaceAll('"', '""')}"`,
    unix_socket_permissions: '0700',
    port: '5432',
    max_connections: '60',
    superuser_reserved_connections: '1',
    client_connection_check_interval: '10s',
  };
}

const durability = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' };

const memory = {
  shared_buffers: '16MB',
  wal_buffers: '1MB',
  work_mem: '4MB',
  maintenance_work_mem: '16MB',
  temp_buffers: '1MB',
  huge_pages: 'off',
  jit: 'off',
  max_wal_size: '256MB',
  min_wal_size: '32MB',
};

/** No replication, no parallel queries, no input and output processes: nothing but what every PostgreSQL needs. */
const background = {
  io_method: 'sync',
  max_worker_processes: '0',
  max_parallel_workers: '0',
  max_parallel_workers_per_gather: '0',
  max_parallel_maintenance_workers: '0',
  max_logical_replication_workers: '0',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_replication_slots: '0',
  autovacuum_worker_slots: '1',
  autovacuum_max_workers: '1',
};

/** No statement and no value reaches the log: what fails is reported to whoever asked. */
const output = {
  log_destination: 'stderr',
  logging_collector: 'off',
  log_min_messages: 'log',
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
  log_checkpoints: 'off',
  log_line_prefix: '%m ',
  log_timezone: 'UTC',
  timezone: 'UTC',
  lc_messages: 'C',
};
