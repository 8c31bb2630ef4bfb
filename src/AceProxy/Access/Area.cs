namespace AceProxy.Access;

/// <summary>Whom a part of the program is for. Decided by path alone, so that a new endpoint is covered by where it lies.</summary>
internal enum Area
{
    /// <summary>Everything that is not named below, above all <c>/api</c>: operators only.</summary>
    Operators,

    /// <summary><c>/ace/…</c>: players.</summary>
    Players,

    /// <summary><c>/metrics</c>: whoever scrapes.</summary>
    Metrics,

    /// <summary><c>/healthz</c> and <c>/readyz</c>: balancers, which have no keys.</summary>
    Open,
}

internal static class Areas
{
    /// <param name="path">As routing sees it: unescaped, without dot segments. Case does not matter to routing either.</param>
    public static Area Of(PathString path) =>
        path.StartsWithSegments("/ace", StringComparison.OrdinalIgnoreCase) ? Area.Players
        : Is(path, "/metrics") ? Area.Metrics
        : Is(path, "/healthz") || Is(path, "/readyz") ? Area.Open
        : Area.Operators;

    private static bool Is(PathString path, string one) => path.StartsWithSegments(one, StringComparison.OrdinalIgnoreCase);
}
