using System.Collections.Concurrent;

namespace AceProxy.Cluster.Slots;

/// <summary>One engine's slots, as this worker knows them.</summary>
internal sealed class SlotTally : IDisposable
{
    private readonly ConcurrentQueue<string> _heirs = [];
    private int _held;
    private volatile int _elsewhere;
    private volatile bool _isAnswered;
    private long _answeredAt;
    private (string Begin, long At)? _lost;

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

    public void GiveBack(string heir)
    {
        if (heir.Length > 0)
        {
            _heirs.Enqueue(heir);
        }

        Interlocked.Decrement(ref _held);
    }

    /// <summary>Whose are those that were given back and that Redis has not heard of.</summary>
    public string[] TakeHeirs()
    {
        var heirs = new List<string>();
        while (_heirs.TryDequeue(out string? heir))
        {
            heirs.Add(heir);
        }

        return [.. heirs];
    }

    /// <summary>Whether Redis has answered lately.</summary>
    public bool IsFresh(TimeSpan age, TimeProvider time) => _isAnswered && time.GetElapsedTime(Volatile.Read(ref _answeredAt)) < age;

    /// <summary>Under <see cref="Writing"/>: Redis has answered.</summary>
    /// <param name="elsewhere">What others hold, or held when it was last believed.</param>
    /// <param name="others">What Redis has of them.</param>
    /// <param name="begin">When what it has began. Another than the known: it has lost who held what.</param>
    /// <param name="recall">By then all have told it again, and it is believed.</param>
    public void Hear(int elsewhere, int others, string begin, TimeSpan recall, TimeProvider time)
    {
        Volatile.Write(ref _answeredAt, time.GetTimestamp());
        (_elsewhere, _isAnswered) = (elsewhere, true);
        if (begin != Begin && Begin.Length > 0)
        {
            _lost = _lost is { } known && known.Begin == begin ? known : (begin, time.GetTimestamp());
            if (time.GetElapsedTime(_lost.Value.At) < recall)
            {
                return;
            }
        }

        (Begin, Known, _elsewhere, _lost) = (begin, others, others, null);
    }

    /// <summary>Under <see cref="Writing"/>: nobody has asked about it for a while.</summary>
    public void Forget() => (Begin, Known, _elsewhere, _lost) = ("", 0, 0, null);

    public void HearNothing() => (_elsewhere, _isAnswered) = (0, false);

    public void Dispose() => Writing.Dispose();
}
