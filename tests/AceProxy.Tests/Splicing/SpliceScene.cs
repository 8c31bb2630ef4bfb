using AceProxy.Buffering;
using AceProxy.MpegTs;
using AceProxy.Splicing;
using AceProxy.Tests.Buffering;

namespace AceProxy.Tests.Splicing;

/// <summary>A ring whose source breaks off and comes again. Packets are fed from one clock reading to the next, so that the time may move between them.</summary>
internal sealed class SpliceScene : IDisposable
{
    private readonly RingUnderTest _test = new(RingUnderTest.Small with
    {
        ChunkSize = 65536,
        Size = 100_000_000,
        Ttl = TimeSpan.FromHours(10),
        KeyframeWait = TimeSpan.FromSeconds(2),
        SpliceWait = TimeSpan.FromSeconds(12),
    }, slabPackets: 1390);

    private readonly RingWriter _writer;
    private int _packetsBefore;

    public SpliceScene(IEnumerable<byte[]> before)
    {
        _writer = _test.NewWriter();
        _writer.Reconnected();
        Feed(before, 0);
        _packetsBefore = Output.Length;
    }

    /// <summary>How it went on, if it has.</summary>
    public Resumed? Resumed { get; private set; }

    /// <summary>Seconds until it did.</summary>
    public double Took { get; private set; }

    public byte[][] Output => [.. _test.Content().Chunk(TsPacket.Size)];

    /// <summary>What came behind the break.</summary>
    public byte[][] After => Output[_packetsBefore..];

    public void Advance(double seconds) => _test.Time.Advance(seconds);

    /// <summary>Another connection, that ends with these packets.</summary>
    /// <param name="speed">How many times faster than shown; 0: all at once.</param>
    public SpliceScene Connect(IEnumerable<byte[]> packets, double speed = 0)
    {
        _writer.Reconnected();
        Feed(packets, speed);
        Look();
        return this;
    }

    /// <summary>Bytes that are no packets, as the end of a connection.</summary>
    public SpliceScene EndInGarbage()
    {
        _writer.Write([.. Enumerable.Repeat((byte)0xEE, 999)]);
        _writer.EndOfConnection([]);
        return this;
    }

    public SpliceScene StartAfresh()
    {
        Resumed = null;
        Took = 0;
        _packetsBefore = Output.Length;
        return this;
    }

    public void AssertSpliced(IEnumerable<byte[]> expected)
    {
        Assert.True(Resumed is { IsSpliced: true }, $"{Resumed}");
        Runs.AssertSame(expected, After);
    }

    /// <summary>A splice in the wrong place is the one thing that must not be; a jump may.</summary>
    public void AssertExactIfSpliced(IEnumerable<byte[]> expected, string scene)
    {
        Assert.NotNull(Resumed);
        if (Resumed.IsSpliced)
        {
            Runs.AssertSame(expected, After, $"{scene}: {Resumed}");
        }
    }

    /// <summary>A jump behind announced tables to this packet, every PID announced.</summary>
    public void AssertJumped(JumpReason reason, IEnumerable<byte[]> expected)
    {
        Assert.Equal(reason, Resumed?.Reason);
        byte[][] after = After;
        Assert.Equal([0, 0, Programme.MapPid, Programme.MapPid], after[..4].Select(packet => TsPacket.Pid(packet)));
        Assert.Equal([true, false, true, false], after[..4].Select(packet => DiscontinuityMarker.Is(packet)));
        Runs.AssertSame(expected, after[4..].WithoutMarkers());
        HashSet<int> announced = [];
        for (int at = 4; at < after.Length; at++)
        {
            int pid = TsPacket.Pid(after[at]);
            if (pid != TsPacket.NullPid && announced.Add(pid))
            {
                Assert.True(DiscontinuityMarker.Is(after[at]), $"PID {pid} is not announced");
            }
        }
    }

    public void Dispose()
    {
        _writer.Dispose();
        _test.Dispose();
    }

    private void Feed(IEnumerable<byte[]> packets, double speed)
    {
        byte[] bytes = packets.Flatten();
        int done = 0, end = 0;
        long last = -1;
        foreach (byte[] packet in packets)
        {
            if (packet.Length == TsPacket.Size && TsPacket.TryGetPcr(packet, out long clock))
            {
                Write();
                _test.Time.Advance(last < 0 || speed == 0 ? 0 : Math.Max(0, StreamTime.Difference(clock, last) / 27e6 / speed));
                last = clock;
            }

            end += packet.Length;
        }

        Write();
        _writer.EndOfConnection(bytes.AsSpan(done));

        void Write()
        {
            done += _writer.Write(bytes.AsSpan(done, end - done));
            Look();
        }
    }

    private void Look()
    {
        if (_writer.TakeResumed() is { } resumed)
        {
            Assert.Null(Resumed); // one result for one break
            (Resumed, Took) = (resumed, resumed.Took.TotalSeconds);
        }
    }
}
