using AceProxy.Operations;

namespace AceProxy.Top.Fetching;

/// <summary>What the admin API has answered, all at about one time.</summary>
/// <param name="At">When they were asked for, a <see cref="TimeProvider"/> timestamp.</param>
/// <param name="Now">That moment by the clock of who was asked; its times are measured against it.</param>
internal sealed record ClusterLists(StreamList Streams, ClientList Clients, EngineList Engines, WorkerList Workers, long At, DateTimeOffset Now);
