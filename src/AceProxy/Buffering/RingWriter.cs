using AceProxy.MpegTs;

namespace AceProxy.Buffering;

/// <summary>
/// Turns an engine's bytes into the ring's chunks: aligns them to packets, looks for random access points, goes on at one after a
/// reconnection, behind the tables, and announces the jump of every PID there and behind bytes that were no packets.
/// </summary>
internal sealed class RingWriter : IDisposable
{
    private readonly ChunkRing _ring;
    private readonly ChunkBuilder _builder;
    private readonly RingOptions _options;
    private readonly TimeProvider _time;
    private readonly PacketAligner _aligner = new();
    private readonly StreamInspector _inspector = new();
    private readonly byte[] _marker = new byte[TsPacket.Size];
    private Resumption? _resumption;
    private Seam? _seam;

    // The inspector numbers every packet it sees; the ring those that are kept, and the markers.
    private long _seen;
    private long _shift;
    private long _candidateShift;
    private long _lastAccessChunk = -1;

    public RingWriter(ChunkRing ring, SlabPool pool, RingOptions options, TimeProvider time)
    {
        (_ring, _options, _time) = (ring, options, time);
        _builder = new ChunkBuilder(ring, pool, options, time);
    }

    /// <summary>Bytes thrown away because they were not packets.</summary>
    public long SkippedBytes => _aligner.SkippedBytes;

    /// <summary>Bytes since the last packet: a source that never yields one is not a transport stream.</summary>
    public long BytesSinceAligned => _aligner.BytesSinceAligned;

    /// <summary>This connection has yielded at least one packet.</summary>
    public bool HasPackets { get; private set; }

    /// <summary>It yields packets, and has not lost its alignment since the last.</summary>
    public bool IsAligned => HasPackets && BytesSinceAligned == 0;

    /// <summary>The next bytes come from another connection.</summary>
    public void Reconnected()
    {
        HasPackets = false;
        _aligner.Reset();
        _inspector.Reset();
        if (_builder.NextPacket > 0)
        {
            // The wait goes on over connections that end before it: a source that breaks off all the time has to be seen too.
            _resumption = new Resumption(_resumption?.StartedAt ?? _time.GetTimestamp());
        }
    }

    /// <summary>Takes what it can use of the bytes read so far.</summary>
    /// <returns>How many are done with; the caller keeps the rest, a part of a packet or of the proof of one, in front of what it reads next.</returns>
    public int Write(ReadOnlySpan<byte> bytes)
    {
        int done = 0;
        while (true)
        {
            _aligner.Next(bytes[done..], out int skip, out int length);
            done += skip;
            if (skip > 0 && HasPackets)
            {
                LosePackets();
            }

            if (length == 0)
            {
                return done;
            }

            WritePackets(bytes.Slice(done, length));
            done += length;
        }
    }

    /// <summary>Packets are held back until it is clear where to go on after a reconnection.</summary>
    public bool IsResuming => _resumption is not null;

    /// <summary>The number in the stream of the next packet.</summary>
    public long NextPacket => _builder.NextPacket;

    /// <summary>For a copy of another ring, before its first chunk: the numbers of its first chunk and packet.</summary>
    public void StartAt(long sequence, long packet)
    {
        _ring.StartAt(sequence);
        _builder.StartAt(packet);
    }

    /// <summary>A chunk of another ring that follows what is here, with the bounds that it has there; not while <see cref="IsResuming"/>.</summary>
    /// <param name="closedAt">The timestamp at which it was closed there.</param>
    public void WriteChunk(ReadOnlySpan<byte> packets, long closedAt) => _builder.AppendChunk(packets, closedAt);

    /// <summary>Whole packets from a source that needs no alignment, looked at as an engine's are.</summary>
    public void WriteWhole(ReadOnlySpan<byte> packets)
    {
        WritePackets(packets);
        _builder.Flush();
    }

    /// <summary>Tables in force, from one who has watched the stream in this writer's place; ignored if it has seen some itself.</summary>
    public void Learn(ReadOnlySpan<byte> tables)
    {
        for (; tables.Length > 0 && !_inspector.HasProgram; tables = tables[TsPacket.Size..])
        {
            _inspector.Inspect(tables[..TsPacket.Size], 0);
        }
    }

    /// <summary>What the source had to send for now has been written.</summary>
    public void EndOfBurst() => _builder.EndOfBurst();

    /// <summary>The connection has ended: keeps the whole packets among the bytes that are left.</summary>
    public void EndOfConnection(ReadOnlySpan<byte> rest)
    {
        WritePackets(rest[.._aligner.Flush(rest)]);
        _builder.Flush();
    }

    public void Dispose() => _builder.Dispose();

    /// <summary>
    /// Bytes in mid-stream were no packets. Decoders get over a small loss by themselves, so nothing is held back, but it is announced; and
    /// what is held back already does not belong together with what comes.
    /// </summary>
    private void LosePackets()
    {
        _inspector.Reset();
        if (_resumption is not null)
        {
            _resumption = new Resumption(_resumption.StartedAt);
        }
        else
        {
            _seam = new Seam();
        }
    }

    private void WritePackets(ReadOnlySpan<byte> packets)
    {
        HasPackets |= packets.Length > 0;
        if (_resumption is not null)
        {
            packets = Resume(packets);
        }

        int appended = 0;
        for (int at = 0; at < packets.Length; at += TsPacket.Size)
        {
            ReadOnlySpan<byte> packet = packets.Slice(at, TsPacket.Size);
            long index = _seen++;
            long access = _inspector.Inspect(packet, index);
            if (_seam is not null && IsFirstBehindSeam(packet))
            {
                _builder.Append(packets[appended..at]);
                _builder.Append(_marker);
                appended = at;
                _shift++;
            }

            if (_inspector.Candidate == index)
            {
                _candidateShift = _shift;
            }

            if (access >= 0)
            {
                // A packet's place is known once it is in its chunk.
                _builder.Append(packets[appended..(at + TsPacket.Size)]);
                appended = at + TsPacket.Size;
                MarkAccessPoint(access + (access == index ? _shift : _candidateShift));
            }
        }

        _builder.Append(packets[appended..]);
    }

    private bool IsFirstBehindSeam(ReadOnlySpan<byte> packet)
    {
        bool isFirst = _seam!.IsFirst(packet, _marker);
        if (_seam.IsOver)
        {
            _seam = null;
        }

        return isFirst;
    }

    private void MarkAccessPoint(long packet)
    {
        // Of an audio stream every access unit is one; one a chunk is plenty.
        if (_builder.Locate(packet) is { } position && (_inspector.HasVideo || position.Sequence != _lastAccessChunk))
        {
            _lastAccessChunk = position.Sequence;
            _ring.Add(new RandomAccessPoint(position, _time.GetTimestamp(), _inspector.JoinPreamble()));
        }
    }

    /// <summary>Holds packets back until one begins a random access point, or long enough; returns what is not yet dealt with.</summary>
    private ReadOnlySpan<byte> Resume(ReadOnlySpan<byte> packets)
    {
        Resumption resumption = _resumption!;
        bool late = _time.GetElapsedTime(resumption.StartedAt) >= _options.KeyframeWait;
        for (int at = 0; at < packets.Length; at += TsPacket.Size)
        {
            ReadOnlySpan<byte> packet = packets.Slice(at, TsPacket.Size);
            long access = _inspector.Inspect(packet, _seen++);
            resumption.Hold(packet, _seen - 1, _inspector.Candidate, access);
            access = access >= resumption.FirstHeld ? access : -1; // its begin may have had to be let go
            if (access >= 0 || late)
            {
                GoOn(resumption, access);
                return packets[(at + TsPacket.Size)..];
            }
        }

        return [];
    }

    /// <summary>Appends the tables and what was held, with the jump of every PID announced.</summary>
    private void GoOn(Resumption resumption, long access)
    {
        _resumption = null;
        _seam = new Seam();
        Preamble preamble = _inspector.JoinPreamble();
        AppendBehindSeam(preamble.Bytes.AsSpan(preamble.TablesOffset));
        _seam = new Seam(); // the tables may be the last connection's: those that come need not count on from them
        long start = _builder.NextPacket;
        AppendBehindSeam(resumption.Held);
        _shift = _candidateShift = _builder.NextPacket - _seen;
        if (access >= 0)
        {
            MarkAccessPoint(start);
        }
    }

    private void AppendBehindSeam(ReadOnlySpan<byte> packets)
    {
        for (; packets.Length > 0; packets = packets[TsPacket.Size..])
        {
            ReadOnlySpan<byte> packet = packets[..TsPacket.Size];
            if (IsFirstBehindSeam(packet))
            {
                _builder.Append(_marker);
            }

            _builder.Append(packet);
        }
    }
}
