import type { Finding } from '../finding.ts'

type Facts = ReadonlyMap<string, string>

/** Does Redis keep on the disk what it is given? Judged by INFO and CONFIG GET. */
export function judgePersistence(name: string, info: Facts, config: Facts): Finding {
  const appends = info.get('aof_enabled') === '1' || config.get('appendonly') === 'yes'
  return appends ? judgeAppending(name, info, config) : judgeSnapshots(name, info, config)
}

function judgeAppending(name: string, info: Facts, config: Facts): Finding {
  if ([info.get('aof_last_write_status'), info.get('aof_last_bgrewrite_status')].includes('err')) {
    return {
      level: 'fail',
      what: `${name} fails to write its append-only file`,
      advice: 'look at its disk and its log',
    }
  }
  const fsync = config.get('appendfsync')
  if (fsync === 'no') {
    const advice = 'set appendfsync to always, or to everysec'
    return { level: 'warn', what: `${name} leaves it to the system when the disk is written`, advice }
  }
  const loses = fsync === 'everysec' ? '; a crash of it may lose the last second' : ''
  return { level: 'ok', what: `${name} writes every change to its append-only file${loses}` }
}

function judgeSnapshots(name: string, info: Facts, config: Facts): Finding {
  const advice = 'set appendonly to yes'
  if (info.size === 0 && config.size === 0) {
    return { level: 'warn', what: `${name} does not tell whether it keeps anything on the disk`, advice }
  }
  const points = config.get('save')
  if (points === undefined) {
    return { level: 'warn', what: `${name} has no append-only file, and does not tell of snapshots`, advice }
  }
  if (points === '') {
    return {
      level: 'fail',
      what: `${name} keeps nothing on the disk: a restart would lose every channel`,
      advice,
    }
  }
  if (info.get('rdb_last_bgsave_status') === 'err') {
    return {
      level: 'fail',
      what: `${name} fails to write its snapshots`,
      advice: 'look at its disk and its log',
    }
  }
  return {
    level: 'warn',
    what: `${name} only makes snapshots (save ${points}): a crash loses what came after`,
    advice,
  }
}
