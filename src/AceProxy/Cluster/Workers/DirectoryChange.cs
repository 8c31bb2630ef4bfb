namespace AceProxy.Cluster.Workers;

/// <summary>What a worker found when it entered itself among the workers.</summary>
/// <param name="IsNew">It was not there.</param>
/// <param name="Before">What was there under its id.</param>
/// <param name="Gone">Those whose heartbeat has stopped; nobody else is told of them.</param>
internal sealed record DirectoryChange(bool IsNew, WorkerRecord? Before, IReadOnlyList<string> Gone);
