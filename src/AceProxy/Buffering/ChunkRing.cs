using System.Diagnostics;

namespace AceProxy.Buffering;

/// <summary>
/// The last chunks of one stream. One writer appends; any number of readers take chunks by sequence number without a lock and without
/// touching each other. Bounded in bytes, in age and in count; the oldest give way whoever still wants them.
/// </summary>
/// <remarks>
/// A reader's race with the drop of its chunk: the writer first moves <see cref="Oldest"/> on and only then gives up the ring's reference;
/// the reader first takes a reference and only then looks at <see cref="Oldest"/>. If the chunk is still in the ring then, its memory was
/// not yet given back when the reference was taken, and cannot be until it is released.
/// </remarks>
internal sealed class ChunkRing : IDisposable
{
    /// <summary>Less than a few bursts say nothing of a rate.</summary>
    private static readonly TimeSpan LeastFill = TimeSpan.FromMilliseconds(500);

    private readonly RingOptions _options;
    private readonly TimeProvider _time;
    private readonly Chunk?[] _slots;
    private readonly Lock _gate = new();
    private readonly RandomAccessIndex _accessPoints;
    private TaskCompletionSource _changed = NewSignal();
    private long _next;
    private long _oldest;
    private long _bytes;
    private long _footprint;
    private long _unbrokenFrom;
    private volatile bool _isCompleted;

    public ChunkRing(RingOptions options, TimeProvider time)
    {
        _options = options;
        _time = time;
        double chunks = Math.Max(options.Size / (double)options.ChunkSize, options.Ttl / options.ChunkAge);
        _slots = new Chunk?[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(chunks * 1.25, 16, MostChunks))];
        _accessPoints = new RandomAccessIndex(time);
        FanOut = new FanOut(this);
    }

    /// <summary>A bound on the slot array (0.5 MiB); with tiny chunk ages the ring then holds less than its time.</summary>
    private const int MostChunks = 65536;

    /// <summary>The sequence number the next chunk will have.</summary>
    public long Next => Volatile.Read(ref _next);

    /// <summary>The oldest chunk that is still there; equal to <see cref="Next"/> when there is none.</summary>
    public long Oldest => Volatile.Read(ref _oldest);

    /// <summary>Bytes of the stream that are held; their memory, which is what is bounded, is more: see <see cref="Chunk.Footprint"/>.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Bytes of memory that its chunks take.</summary>
    public long Footprint => Volatile.Read(ref _footprint);

    /// <summary>From the close of the oldest chunk to that of the newest.</summary>
    public TimeSpan Fill => AgeOf(Oldest) - AgeOf(Next - 1) is var fill && fill > TimeSpan.Zero ? fill : TimeSpan.Zero;

    /// <summary>Bytes a second, over all that is held; 0 for too little to tell.</summary>
    public double Bitrate => Fill is var fill && fill >= LeastFill ? Bytes / fill.TotalSeconds : 0;

    /// <summary>No more will come.</summary>
    public bool IsCompleted => _isCompleted;

    /// <summary>Completes when something is appended or the ring is completed. Take it before looking, then look, then wait.</summary>
    public Task Changed => Volatile.Read(ref _changed).Task;

    /// <summary>Those who are passed each chunk by whoever appends it.</summary>
    public FanOut FanOut { get; }

    /// <summary>From this packet of the stream on nothing is missing: what lies before the newest gap belongs to something else.</summary>
    public long UnbrokenFrom
    {
        get => Volatile.Read(ref _unbrokenFrom);
        set => Volatile.Write(ref _unbrokenFrom, value);
    }

    /// <summary>For the one writer of a ring without chunks: the number that the first will have, where it is a copy of another ring.</summary>
    public void StartAt(long sequence)
    {
        lock (_gate)
        {
            Debug.Assert(_next == _oldest, "chunks keep their numbers");
            Volatile.Write(ref _oldest, sequence); // first: readers must never find more than there is
            Volatile.Write(ref _next, sequence);
        }
    }

    /// <summary>For the one writer. The ring takes over the chunk's reference.</summary>
    public void Append(Chunk chunk)
    {
        lock (_gate)
        {
            while (_oldest < _next && MustDropOldest(chunk))
            {
                DropOldest();
            }

            _slots[chunk.Sequence & (_slots.Length - 1)] = chunk;
            Volatile.Write(ref _bytes, _bytes + chunk.Length);
            Volatile.Write(ref _footprint, _footprint + chunk.Footprint);
            Volatile.Write(ref _next, chunk.Sequence + 1);
        }

        Signal();
        FanOut.Publish();
    }

    /// <summary>How long ago it was closed.</summary>
    public TimeSpan AgeOf(Chunk chunk) => _time.GetElapsedTime(chunk.ClosedAt);

    /// <summary>How long ago a chunk was closed, or the oldest there is if that is gone; zero for one that is still to come.</summary>
    public TimeSpan AgeOf(long sequence)
    {
        ChunkRead read = TryAcquire(sequence, out Chunk? chunk);
        read = read == ChunkRead.Lapsed ? TryAcquire(Oldest, out chunk) : read;
        if (read != ChunkRead.Acquired)
        {
            return TimeSpan.Zero;
        }

        TimeSpan age = AgeOf(chunk!);
        chunk!.Release();
        return age;
    }

    public ChunkRead TryAcquire(long sequence, out Chunk? chunk)
    {
        chunk = null;
        if (sequence >= Next)
        {
            return ChunkRead.NotYet;
        }

        Chunk? found = Volatile.Read(ref _slots[sequence & (_slots.Length - 1)]);
        if (found is null || found.Sequence != sequence || !found.Slab.TryAddReference())
        {
            return ChunkRead.Lapsed;
        }

        if (Oldest > sequence)
        {
            found.Release();
            return ChunkRead.Lapsed;
        }

        chunk = found;
        return ChunkRead.Acquired;
    }

    /// <summary>For the one writer: a place where clients may begin, in a chunk that is there or in the one being filled.</summary>
    public void Add(RandomAccessPoint point)
    {
        lock (_gate)
        {
            _accessPoints.Add(point, _oldest);
        }

        Signal(); // its chunk may be there already, and a client waiting for just this
    }

    /// <summary>
    /// Where a client should begin: the newest random access point that is at least <paramref name="behind"/> old, or the oldest there is.
    /// Null when none is known.
    /// </summary>
    public RandomAccessPoint? FindJoin(TimeSpan behind)
    {
        lock (_gate)
        {
            return _accessPoints.Find(behind, _oldest);
        }
    }

    /// <summary>The random access points that became known after the one at <paramref name="after"/>, in chunks before <paramref name="before"/>.</summary>
    public IReadOnlyList<RandomAccessPoint> AccessPoints(RandomAccessPoint? after, long before)
    {
        lock (_gate)
        {
            return _accessPoints.After(after, before);
        }
    }

    /// <summary>The place of a packet by its number in the stream; null when its chunk is gone.</summary>
    public RingPosition? Locate(long packet)
    {
        lock (_gate)
        {
            for (long sequence = _next - 1; sequence >= _oldest; sequence--)
            {
                Chunk chunk = _slots[sequence & (_slots.Length - 1)]!;
                if (chunk.FirstPacket <= packet)
                {
                    return new RingPosition(sequence, (int)(packet - chunk.FirstPacket) * MpegTs.TsPacket.Size);
                }
            }

            return null;
        }
    }

    /// <summary>
    /// For the one writer: drops so many bytes of its oldest, because memory is short for all. Half of a shorter ring is left, so that it
    /// still plays.
    /// </summary>
    public void GiveBack(long bytes)
    {
        lock (_gate)
        {
            for (long rest = Math.Max(_footprint - bytes, Math.Min(_footprint / 2, bytes)); _footprint > rest && _oldest < _next;)
            {
                DropOldest();
            }
        }
    }

    /// <summary>No more will come; what is there can still be read.</summary>
    public void Complete()
    {
        _isCompleted = true;
        Signal();
        FanOut.Publish();
    }

    /// <summary>Gives everything back. Readers find <see cref="ChunkRead.Lapsed"/> and an ended stream.</summary>
    public void Dispose()
    {
        _isCompleted = true;
        lock (_gate)
        {
            while (_oldest < _next)
            {
                DropOldest();
            }
        }

        Signal();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private bool MustDropOldest(Chunk incoming) =>
        _footprint + incoming.Footprint > _options.Size
        || incoming.Sequence - _oldest >= _slots.Length
        || _time.GetElapsedTime(_slots[_oldest & (_slots.Length - 1)]!.ClosedAt, incoming.ClosedAt) > _options.Ttl;

    private void DropOldest()
    {
        ref Chunk? slot = ref _slots[_oldest & (_slots.Length - 1)];
        Chunk chunk = slot!;
        Volatile.Write(ref _oldest, _oldest + 1);
        Volatile.Write(ref slot, null);
        Volatile.Write(ref _bytes, _bytes - chunk.Length);
        Volatile.Write(ref _footprint, _footprint - chunk.Footprint);
        chunk.Release();
    }

    private void Signal() => Interlocked.Exchange(ref _changed, NewSignal()).SetResult();
}
