namespace AceProxy.Benchmarks.Chaos;

/// <summary>One process that was a worker; the next one has its id, and another name.</summary>
/// <param name="worker">Its WORKER_ID.</param>
/// <param name="name">The User-Agent that engines know it by.</param>
internal sealed class WorkerLife(string worker, string name)
{
    public string Worker => worker;

    public string Name => name;

    /// <summary>What it tells is told after that.</summary>
    public DateTimeOffset Began { get; } = DateTimeOffset.UtcNow;

    /// <summary>Null while it starts.</summary>
    public ProxyProcess? Process { get; set; }

    /// <summary>kill -9: what it had is nobody's.</summary>
    public bool WasKilled { get; set; }

    public bool IsOver => WasKilled || Process is { HasExited: true };
}
