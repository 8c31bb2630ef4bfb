using AceProxy.Telemetry;

namespace AceProxy.Operations;

/// <summary>How much a list is of: all workers, or only the one that was asked.</summary>
internal static class Scope
{
    /// <param name="scope">As it was asked for; null: all.</param>
    /// <param name="only">The worker to ask, or null for all.</param>
    /// <returns>False: it is neither.</returns>
    public static bool TryRead(string? scope, ClusterQueries cluster, out string? only)
    {
        only = scope == "worker" ? cluster.ThisWorker : null;
        return scope is null or "worker" or "cluster";
    }

    public static IResult Refuse(string? scope) =>
        AdminResults.Malformed("scope", $"is '{Words.Tame(scope ?? "")}', neither 'cluster' nor 'worker'");
}
