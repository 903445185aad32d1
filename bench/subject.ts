/** Where the log is. */
export type Engine = 'postgres' | 'kafka'

/** What a run is made with. */
export interface Surroundings {
  engine: Engine
  /** A database of this subject's own, empty. */
  databaseUrl: string
  kafkaBrokers: string
  sinkUrl: string
}

/** A system under load: takes notifications at `origin` + `path`, and calls the sink. */
export interface Subject {
  origin: string
  path: string
  /** Its processes by what they are called, the database left aside. */
  pids: Record<string, number>
  stop(): Promise<void>
}

/** `gateway`: nothing consumes, as fast as notifications can be made durable. `whole`: up to the callback. */
export type Extent = 'gateway' | 'whole'

export type StartSubject = (surroundings: Surroundings, extent: Extent) => Promise<Subject>
