namespace AceProxy.Benchmarks.Chaos;

/// <summary>What the script does that excuses something elsewhere.</summary>
[Flags]
internal enum TroubleKind
{
    /// <summary>Redis is away, stands still or has lost what it had.</summary>
    Redis = 1,

    /// <summary>A worker stands still.</summary>
    Worker = 2,

    /// <summary>An engine stands still: what it was asked meanwhile it does when it goes on.</summary>
    Engine = 4,

    Any = Redis | Worker | Engine,
}
