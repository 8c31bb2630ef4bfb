using AceProxy.Operations;

namespace AceProxy.Top.Fetching;

/// <summary>What the admin API has answered, all at about one time.</summary>
/// <param name="At">A <see cref="TimeProvider"/> timestamp.</param>
/// <param name="Now">By the clock of who was asked, as far as it told; its times are measured against it.</param>
internal sealed record ClusterLists(StreamList Streams, ClientList Clients, EngineList Engines, WorkerList Workers, long At, DateTimeOffset Now);
