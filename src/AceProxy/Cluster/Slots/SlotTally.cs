using System.Collections.Concurrent;

namespace AceProxy.Cluster.Slots;

/// <summary>One engine's slots, as this worker knows them.</summary>
internal sealed class SlotTally : IDisposable
{
    private readonly ConcurrentQueue<string> _promised = [];
    private readonly ConcurrentQueue<string> _due = [];
    private int _held;
    private volatile int _elsewhere;
    private volatile bool _isAnswered;
    private long? _lostAt;

    /// <summary>One write at a time, so that the last one that Redis gets is the last one that is true.</summary>
    public SemaphoreSlim Writing { get; } = new(1);

    /// <summary>By this worker; a write under <see cref="Writing"/> that misses a change is followed by one that does not.</summary>
    public int Held => Volatile.Read(ref _held);

    /// <summary>By others, when it was last heard of them; 0 while Redis is away.</summary>
    public int Elsewhere => _elsewhere;

    /// <summary>Whether Redis has answered the last question. One that is there and refuses tells as little as one that is away.</summary>
    public bool IsAnswered => _isAnswered;

    /// <summary>When what Redis has began, as it was when it was last believed; empty: it never was. Used under <see cref="Writing"/>.</summary>
    public string Begin { get; private set; } = "";

    /// <summary>What others held then. Used under <see cref="Writing"/>.</summary>
    public int Known { get; private set; }

    public void Take() => Interlocked.Increment(ref _held);

    public void GiveBack()
    {
        if (_promised.TryDequeue(out string? heir))
        {
            _due.Enqueue(heir);
        }

        Interlocked.Decrement(ref _held);
    }

    /// <summary>The next that is given back is that worker's.</summary>
    public void Promise(string worker) => _promised.Enqueue(worker);

    /// <summary>Whose are those that were given back and that Redis has not heard of.</summary>
    public string[] TakeHeirs()
    {
        var heirs = new List<string>();
        while (_due.TryDequeue(out string? heir))
        {
            heirs.Add(heir);
        }

        return [.. heirs];
    }

    /// <summary>Under <see cref="Writing"/>: Redis has answered.</summary>
    /// <param name="begin">When what it has began. Another than the known: it has lost who held what.</param>
    /// <param name="recall">By then all have told it again, and it is believed.</param>
    public void Hear(int elsewhere, string begin, TimeSpan recall, TimeProvider time)
    {
        (_elsewhere, _isAnswered) = (elsewhere, true);
        if (begin != Begin && Begin.Length > 0)
        {
            _lostAt ??= time.GetTimestamp();
            if (time.GetElapsedTime(_lostAt.Value) < recall)
            {
                return;
            }
        }

        (Begin, Known, _lostAt) = (begin, elsewhere, null);
    }

    public void HearNothing() => (_elsewhere, _isAnswered) = (0, false);

    public void Dispose() => Writing.Dispose();
}
