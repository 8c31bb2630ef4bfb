namespace AceProxy.Benchmarks.Chaos;

/// <summary>When what was in trouble, for those who have to know whether something is excused by it.</summary>
internal sealed class ChaosTroubles
{
    private readonly Lock _gate = new();
    private readonly List<Trouble> _all = [];

    /// <summary>From now until the returned object is disposed of.</summary>
    public IDisposable Begin(TroubleKind kind)
    {
        var trouble = new Trouble(kind, DateTimeOffset.UtcNow);
        lock (_gate)
        {
            _all.Add(trouble);
        }

        return trouble;
    }

    /// <summary>Something of these kinds was in trouble at some time between the two.</summary>
    public bool Any(TroubleKind kinds, DateTimeOffset from, DateTimeOffset to)
    {
        lock (_gate)
        {
            return _all.Exists(trouble => (trouble.Kind & kinds) != 0 && trouble.From <= to && trouble.To >= from);
        }
    }

    private sealed class Trouble(TroubleKind kind, DateTimeOffset from) : IDisposable
    {
        public TroubleKind Kind => kind;

        public DateTimeOffset From => from;

        public DateTimeOffset To { get; private set; } = DateTimeOffset.MaxValue;

        public void Dispose() => To = DateTimeOffset.UtcNow;
    }
}
