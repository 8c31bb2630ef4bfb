using System.Diagnostics;
using AceProxy.MpegTs;

namespace AceProxy.Buffering;

/// <summary>
/// Gathers packets in a slab and closes a chunk at its size or its age, whichever comes first; at twice its age where the source is likely to
/// fill it by then. Sources send in bursts: when the next is not to be expected before the chunk is of age, it is closed with the last, since
/// waiting would make it later and no larger.
/// </summary>
/// <remarks>Not thread-safe but for the ticker, whose call and the writer's meet in <see cref="_gate"/>.</remarks>
internal sealed class ChunkBuilder : IDisposable
{
    /// <summary>A chunk that its source is likely to fill within so many times its age is waited for: fewer, larger sends cost less.</summary>
    private const int Patience = 2;

    private readonly ChunkRing _ring;
    private readonly SlabPool _pool;
    private readonly TimeProvider _time;
    private readonly TimeSpan _age;
    private readonly int _size;
    private readonly Lock _gate = new();
    private readonly ChunkTicker _ticker;
    private Slab? _slab;
    private int _start;
    private int _abandoned;
    private int _length;
    private int _room;
    private long _number;
    private long _startedAt;
    private TimeSpan _limit;
    private long _burstFrom;
    private long _firstPacket;
    private bool _isDisposed;
    private BurstRhythm _rhythm;

    public ChunkBuilder(ChunkRing ring, SlabPool pool, ChunkTicker ticker, RingOptions options, TimeProvider time)
    {
        (_ring, _pool, _ticker, _time, _age) = (ring, pool, ticker, time, options.ChunkAge);
        _size = ChunkFrame.DataFor(Math.Min(options.ChunkSize, pool.SlabSize));
    }

    /// <summary>The number in the stream of the next packet that is appended.</summary>
    public long NextPacket { get; private set; }

    /// <param name="packets">Whole packets.</param>
    public void Append(ReadOnlySpan<byte> packets)
    {
        Debug.Assert(packets.Length % TsPacket.Size == 0);
        lock (_gate)
        {
            while (packets.Length > 0 && !_isDisposed)
            {
                int room = Room();
                int take = Math.Min(room, packets.Length);
                _slab!.Write(_start + _length, packets[..take]);
                packets = packets[take..];
                Grow(take);
            }
        }
    }

    /// <summary>Appends a chunk of another ring as a chunk of its own; it fits a slab. What is open is closed before it.</summary>
    /// <param name="closedAt">The timestamp at which it was closed there.</param>
    public void AppendChunk(ReadOnlySpan<byte> packets, long closedAt)
    {
        Debug.Assert(packets.Length % TsPacket.Size == 0 && packets.Length > 0);
        lock (_gate)
        {
            if (_isDisposed)
            {
                return;
            }

            Close();
            MakeRoom(packets.Length);
            _slab!.Write(_start, packets);
            _length = packets.Length;
            NextPacket += packets.Length / TsPacket.Size;
            _burstFrom = NextPacket;
            CloseAt(closedAt);
        }
    }

    /// <summary>Before the first packet: what number it has, where the ring is a copy of another.</summary>
    public void StartAt(long packet)
    {
        lock (_gate)
        {
            (NextPacket, _firstPacket, _burstFrom) = (packet, packet, packet);
        }
    }

    /// <summary>The source has sent what it had for now.</summary>
    public void EndOfBurst()
    {
        lock (_gate)
        {
            long now = _time.GetTimestamp();
            _rhythm.Note(_time, now, (NextPacket - _burstFrom) * TsPacket.Size, most: 2 * Patience * _age);
            _burstFrom = NextPacket;
            if (_length > 0 && (_ring.FanOut.IsToFew || _time.GetElapsedTime(_startedAt, now) + _rhythm.Interval > _limit))
            {
                Close();
            }
        }
    }

    /// <summary>The place of a packet that was appended, or is the next to be.</summary>
    public RingPosition? Locate(long packet)
    {
        lock (_gate)
        {
            return packet >= _firstPacket
                ? new RingPosition(_ring.Next, (int)(packet - _firstPacket) * TsPacket.Size)
                : _ring.Locate(packet);
        }
    }

    /// <summary>Closes what is open: at the end, or when what follows must not wait behind it.</summary>
    public void Flush()
    {
        lock (_gate)
        {
            Close();
        }
    }

    /// <summary>Whether the chunk that was begun with this number is still open. For the ticker.</summary>
    public bool IsOpen(long number) => Volatile.Read(ref _number) == number;

    /// <summary>The chunk with this number is of age. For the ticker.</summary>
    public void Close(long number)
    {
        lock (_gate)
        {
            if (_number == number)
            {
                Close();
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            Close();
            _isDisposed = true;
            _slab?.Release();
            _slab = null;
        }
    }

    private int Room()
    {
        if (_length == 0)
        {
            MakeRoom(least: (_size / 2) + 1);
            _room = Math.Min(_size, ChunkFrame.DataFor(_slab!.Length - _start + ChunkFrame.HeadRoom));
        }

        return _room - _length;
    }

    private void MakeRoom(int least)
    {
        if (_slab is null || _start + least + ChunkFrame.Tail > _slab.Length)
        {
            // A chunk never crosses slabs: what is left of this one is too short for one.
            _abandoned = _slab is null ? 0 : _slab.Length - _start + ChunkFrame.HeadRoom;
            _slab?.Release();
            if (_pool.IsFull)
            {
                _ring.GiveBack(_pool.SlabSize);
            }

            _slab = _pool.Rent();
            _start = ChunkFrame.HeadRoom;
        }
    }

    private void Grow(int bytes)
    {
        if (_length == 0)
        {
            _startedAt = _time.GetTimestamp();
            _limit = _rhythm.Brings(_size, Patience * _age) ? Patience * _age : _age;
            _ticker.Begun(this, _number, _startedAt, _limit);
        }

        _length += bytes;
        NextPacket += bytes / TsPacket.Size;
        if (_length == _room || _time.GetElapsedTime(_startedAt) >= _limit)
        {
            Close();
        }
    }

    private void Close() => CloseAt(_time.GetTimestamp());

    private void CloseAt(long closedAt)
    {
        if (_length == 0 || _slab is null)
        {
            return;
        }

        _slab.AddReference(); // the chunk's own; the builder keeps one for what it still fills
        int frame = ChunkFrame.Write(_slab.GetSpan(), _start, _length);

        // On a page of its own each: a chunk of the default size is then 16 pages, which sendfile passes on in one go.
        int next = ((_start + _length + ChunkFrame.Tail + MemoryFile.PageSize - 1) & -MemoryFile.PageSize) + ChunkFrame.HeadRoom;
        var chunk = new Chunk(_ring.Next, _firstPacket, _slab, frame, _start, _length, next - _start + _abandoned, closedAt);
        _abandoned = 0;
        _start = next;
        _length = 0;
        Volatile.Write(ref _number, _number + 1);
        _firstPacket = NextPacket;
        _ring.Append(chunk);
    }
}
