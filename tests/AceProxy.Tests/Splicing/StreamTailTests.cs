using AceProxy.MpegTs;
using AceProxy.Splicing;
using AceProxy.Tests.Buffering;

namespace AceProxy.Tests.Splicing;

public sealed class StreamTailTests
{
    [Fact]
    public void Backwards_MarkersAndABreak_LeavesThemOut()
    {
        var tail = new StreamTail([Numbers(1, 3), Memory<byte>.Empty, Marker(), Numbers(4, 2), Marker()], unbroken: 5);

        Assert.Equal([5, 4, 3], Walk(tail.Backwards()));
        Assert.Equal([5, 4, 3, 2, 1], Walk(tail.BackwardsOverBreaks()));
        Assert.Equal(5, RingUnderTest.NumberOf(tail.Last));
    }

    [Fact]
    public void Last_NothingButMarkers_IsEmpty() => Assert.True(new StreamTail([Marker()], unbroken: 1).Last.IsEmpty);

    [Fact]
    public void HasJustOne_OverBreaksToo_CountsAll()
    {
        var tail = new StreamTail([Numbers(1, 3), Numbers(2, 2)], unbroken: 1);

        Assert.True(tail.HasJustOne(Numbers(1, 1).Span));
        Assert.False(tail.HasJustOne(Numbers(2, 1).Span));
        Assert.False(tail.HasJustOne(Numbers(9, 1).Span));
    }

    [Fact]
    public void LatestPicture_SentOutOfOrder_IsTheLatestShown()
    {
        byte[][] packets = [.. new Programme(1).Play(3).Packets, .. new Programme(1, 999).Play(2).Packets];
        var tail = new StreamTail([packets.Flatten()], unbroken: packets.Length);

        Assert.Equal((long)((1000.08 + 0.2) * StreamTime.TicksPerSecond), tail.LatestPicture(Programme.VideoPid));
        Assert.Null(tail.LatestPicture(0x1FF));
    }

    private static ReadOnlyMemory<byte> Numbers(int first, int count) => RingUnderTest.Numbered(first, count);

    private static ReadOnlyMemory<byte> Marker()
    {
        byte[] marker = new byte[TsPacket.Size];
        DiscontinuityMarker.Write(marker, 0x100, 5);
        return marker;
    }

    private static List<int> Walk(TailCursor cursor)
    {
        List<int> numbers = [];
        while (cursor.MovePrevious())
        {
            numbers.Add(RingUnderTest.NumberOf(cursor.Current));
        }

        return numbers;
    }
}
