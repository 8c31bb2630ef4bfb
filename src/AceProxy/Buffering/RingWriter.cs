using AceProxy.MpegTs;
using AceProxy.Splicing;

namespace AceProxy.Buffering;

/// <summary>
/// Turns an engine's bytes into the ring's chunks: aligns them to packets and looks for random access points. After a reconnection it goes
/// on with the packet that follows, or at a random access point behind the tables; such a jump is announced on every PID, and so are bytes
/// that were no packets.
/// </summary>
internal sealed class RingWriter : IDisposable
{
    private readonly ChunkRing _ring;
    private readonly ChunkBuilder _builder;
    private readonly RingOptions _options;
    private readonly TimeProvider _time;
    private readonly PacketAligner _aligner = new();
    private readonly byte[] _marker = new byte[TsPacket.Size];
    private StreamInspector _inspector = new();
    private RingTail? _tail;
    private Resumption? _resumption;
    private Resumed? _resumed;
    private Seam? _seam;

    private bool _hasLostPackets;
    private bool _hasOutdatedCounters;
    private long _lastAccessChunk = -1;

    public RingWriter(ChunkRing ring, SlabPool pool, ChunkTicker ticker, RingOptions options, TimeProvider time)
    {
        (_ring, _options, _time) = (ring, options, time);
        _builder = new ChunkBuilder(ring, pool, ticker, options, time);
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
        _hasLostPackets = false;
        _aligner.Reset();
        if (_resumption is not null)
        {
            _resumption.Restart();
        }
        else if (_builder.NextPacket > 0)
        {
            _builder.Flush();
            _tail = new RingTail(_ring, _builder.NextPacket - _ring.UnbrokenFrom);
            var limits = new ResumptionLimits(_options.SpliceWait, _options.KeyframeWait);
            _resumption = new Resumption(_tail.Packets, _inspector.Successor(), limits, _time);
        }
    }

    /// <summary>How the stream went on after a reconnection, once for each.</summary>
    public Resumed? TakeResumed()
    {
        Resumed? resumed = _resumed;
        _resumed = null;
        return resumed;
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
                _resumption?.Restart(); // what is held back does not belong together with what comes
                _hasLostPackets |= _resumption is null;
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
    public void WriteChunk(ReadOnlySpan<byte> packets, long closedAt)
    {
        _hasOutdatedCounters = true; // it is not looked at
        _builder.AppendChunk(packets, closedAt);
    }

    /// <summary>Whole packets from a source that needs no alignment, looked at as an engine's are.</summary>
    public void WriteWhole(ReadOnlySpan<byte> packets)
    {
        WritePackets(packets);
        _builder.Flush();
    }

    /// <summary>Tables in force, from one who has watched the stream in this writer's place; ignored if it has seen some itself.</summary>
    public void Learn(ReadOnlySpan<byte> tables)
    {
        if (_inspector.HasProgram)
        {
            return;
        }

        for (; tables.Length > 0; tables = tables[TsPacket.Size..])
        {
            _inspector.Inspect(tables[..TsPacket.Size], 0);
        }

        _hasOutdatedCounters = true; // they are of long ago
    }

    /// <summary>What the source had to send for now has been written.</summary>
    public void EndOfBurst() => _builder.EndOfBurst();

    /// <summary>The connection has ended: keeps the whole packets among the bytes that are left.</summary>
    public void EndOfConnection(ReadOnlySpan<byte> rest)
    {
        WritePackets(rest[.._aligner.Flush(rest)]);
        _builder.Flush();
    }

    public void Dispose()
    {
        EndResumption();
        _builder.Dispose();
    }

    private void WritePackets(ReadOnlySpan<byte> packets)
    {
        HasPackets |= packets.Length > 0;
        if (_resumption is not null)
        {
            packets = Resume(packets);
        }
        else if (_hasLostPackets && packets.Length > 0)
        {
            LosePackets();
        }

        if (_hasOutdatedCounters && _resumption is null)
        {
            _hasOutdatedCounters = false;
            _inspector = _inspector.Successor();
        }

        int appended = 0;
        long number = _builder.NextPacket;
        for (int at = 0; at < packets.Length; at += TsPacket.Size)
        {
            ReadOnlySpan<byte> packet = packets.Slice(at, TsPacket.Size);
            if (_seam is not null && IsFirstBehindSeam(packet))
            {
                _builder.Append(packets[appended..at]);
                _builder.Append(_marker);
                appended = at;
                number++;
            }

            long access = _inspector.Inspect(packet, number++);
            if (access >= 0)
            {
                // A packet's place is known once it is in its chunk.
                _builder.Append(packets[appended..(at + TsPacket.Size)]);
                appended = at + TsPacket.Size;
                MarkAccessPoint(access);
            }
        }

        _builder.Append(packets[appended..]);
    }

    /// <summary>
    /// Bytes in mid-stream were no packets. Decoders get over a small loss by themselves, so nothing is held back, but it is announced. Not
    /// before there are packets behind it: if the connection ends with it, another may go on where it began.
    /// </summary>
    private void LosePackets()
    {
        _hasLostPackets = false;
        _inspector.Reset();
        _seam = new Seam();
        _ring.UnbrokenFrom = _builder.NextPacket;
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
        if (_seam is null && !_inspector.JoinCountsTables)
        {
            return; // taken over from another worker without a jump: the first tables are not announced, and do not go on from what is known
        }

        // Of an audio stream every access unit is one; one a chunk is plenty.
        if (_builder.Locate(packet) is { } position && (_inspector.HasVideo || position.Sequence != _lastAccessChunk))
        {
            _lastAccessChunk = position.Sequence;
            _ring.Add(new RandomAccessPoint(position, _time.GetTimestamp(), _inspector.JoinPreamble()));
        }
    }

    /// <summary>Holds packets back until it is clear where to go on; returns what is not yet dealt with.</summary>
    private ReadOnlySpan<byte> Resume(ReadOnlySpan<byte> packets)
    {
        Resumption resumption = _resumption!;
        while (packets.Length > 0)
        {
            ReadOnlySpan<byte> packet = packets[..TsPacket.Size];
            packets = packets[TsPacket.Size..];
            if (resumption.Take(packet) is { } resumed)
            {
                EndResumption();
                _resumed = resumed;
                if (!resumed.IsSpliced)
                {
                    Jump(resumption);
                }

                WritePackets(resumption.Packets);
                break;
            }
        }

        return packets;
    }

    /// <summary>What comes does not follow: behind the tables, every PID's first packet is announced.</summary>
    private void Jump(Resumption resumption)
    {
        _hasOutdatedCounters = false;
        _inspector = resumption.NewInspector();
        ReadOnlySpan<byte> tables = resumption.Preamble.Bytes.AsSpan(resumption.Preamble.TablesOffset);
        _seam = new Seam();
        for (; tables.Length > 0; tables = tables[TsPacket.Size..])
        {
            if (IsFirstBehindSeam(tables))
            {
                _builder.Append(_marker);
            }

            _builder.Append(tables[..TsPacket.Size]);
        }

        _seam = new Seam(); // the tables may be the last connection's: those that come need not count on from them
        _ring.UnbrokenFrom = _builder.NextPacket;
    }

    private void EndResumption()
    {
        _resumption?.Dispose();
        _tail?.Dispose();
        (_resumption, _tail) = (null, null);
    }
}
