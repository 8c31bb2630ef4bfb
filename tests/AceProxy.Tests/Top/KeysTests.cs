using AceProxy.Top.Steering;

namespace AceProxy.Tests.Top;

public sealed class KeysTests
{
    private TopState _state = TopState.Initial;

    [Fact]
    public void Down_BeyondTheEnd_StaysAtTheLast()
    {
        Press(ConsoleKey.DownArrow);
        Assert.Equal(Scenes.Quiet, _state.Look.Id);

        Press(ConsoleKey.DownArrow, ConsoleKey.DownArrow);
        Assert.Equal(Scenes.Quiet, _state.Look.Id);

        Press(ConsoleKey.PageUp);
        Assert.Equal(Scenes.Busy, _state.Look.Id);
    }

    [Fact]
    public void Reverse_RowIsSelected_StaysSelectedWhereverItGoes()
    {
        Press(ConsoleKey.DownArrow);
        int before = List().Selected(_state.Look);

        Type("r");

        Assert.Equal((1, 0), (before, List().Selected(_state.Look)));
    }

    [Fact]
    public void Selected_RowHasGone_IsTheOneInItsPlace()
    {
        Listing listing = List();

        Assert.Equal(1, listing.Selected(new Look(0, false, Id: "gone", Place: 1)));
        Assert.Equal(1, listing.Selected(new Look(0, false, Id: "gone", Place: 7)));
        Assert.Equal(-1, (listing with { Rows = [] }).Selected(new Look(0, false, Id: "gone", Place: 7)));
    }

    [Fact]
    public void Sort_EveryColumnOfEveryTopic_PutsWhatIsNotKnownLast()
    {
        foreach (Topic topic in Enum.GetValues<Topic>())
        {
            _state = TopState.Initial with { Topic = topic };
            for (int column = 0; column < Listings.ColumnsOf(topic).Length; column++)
            {
                foreach (string reversed in new[] { "r", "r" })
                {
                    Type(reversed);
                    IComparable?[] order = [.. List().Rows.Select(row => row.Cells[_state.Look.SortedBy].Order)];
                    Assert.Equal(order.OrderBy(one => one is null), order);
                }

                Type("s");
            }

            Assert.Equal(TopState.Initial.Looks[(int)topic].SortedBy, _state.Look.SortedBy);
        }
    }

    [Fact]
    public void Filter_TypedAndKept_LeavesTheRestOut()
    {
        Type("/BB0q");
        Press(ConsoleKey.Backspace);
        Press(ConsoleKey.Enter);

        Assert.Equal((Mode.Browsing, "BB0"), (_state.Mode, _state.Look.Filter));
        Assert.Equal([Scenes.Quiet], List().Rows.Select(row => row.Id));

        Press(ConsoleKey.Escape);
        Assert.Equal(2, List().Rows.Count);
    }

    [Fact]
    public void Stop_Confirmed_IsAnOrder()
    {
        Assert.Null(Type("x"));
        Assert.Equal((Mode.Asking, $"Stop {Scenes.Busy} for all its clients (5)?"), (_state.Mode, _state.Pending?.Question));

        Order? order = Type("y");

        Assert.Equal((HttpMethod.Delete, $"api/streams/{Scenes.Busy}"), (order?.Method, order?.Path));
        Assert.Equal(Mode.Browsing, _state.Mode);
    }

    [Theory]
    [InlineData("n")]
    [InlineData("x")]
    [InlineData(" ")]
    public void Stop_AnythingButYes_IsNone(string answer)
    {
        Type("x");

        Assert.Null(Type(answer));
        Assert.Null(Type("y"));
        Assert.Equal(Mode.Browsing, _state.Mode);
    }

    [Fact]
    public void Drain_EngineInTrouble_NamesItInThePath()
    {
        Type("3d");

        Assert.Equal("api/engines/10.0.0.6%3A6878/drain", Type("y")?.Path);
    }

    [Fact]
    public void Drain_OfAStream_IsNothing() => Assert.Equal((Mode.Browsing, null), (After("d"), _state.Pending));

    [Fact]
    public void Enter_OnAStream_ShowsItsClients()
    {
        Press(ConsoleKey.DownArrow, ConsoleKey.Enter);

        Assert.Equal(Topic.Clients, _state.Topic);
        Assert.Equal(["c2"], List().Rows.Select(row => row.Id));
    }

    [Theory]
    [InlineData("q")]
    [InlineData("?q")]
    public void Quit_Pressed_IsTheEnd(string keys) => Assert.Equal(Mode.Over, After(keys));

    [Fact]
    public void ControlC_WhileAsked_IsTheEnd()
    {
        Type("x");

        _state = Keys.Press(_state, new ConsoleKeyInfo('\x03', ConsoleKey.C, false, false, true), List(), 10, out Order? order);

        Assert.Equal((Mode.Over, null), (_state.Mode, order));
    }

    private Mode After(string keys)
    {
        Type(keys);
        return _state.Mode;
    }

    /// <returns>The order that the last key has given.</returns>
    private Order? Type(string keys)
    {
        Order? order = null;
        foreach (char key in keys)
        {
            _state = Keys.Press(_state, new ConsoleKeyInfo(key, ConsoleKey.None, false, false, false), List(), 10, out order);
        }

        return order;
    }

    private void Press(params ConsoleKey[] keys)
    {
        foreach (ConsoleKey key in keys)
        {
            _state = Keys.Press(_state, new ConsoleKeyInfo('\0', key, false, false, false), List(), 10, out _);
        }
    }

    private Listing List() => Listings.Of(_state, Scenes.Cluster().Snapshot, Scenes.Cluster().Events);
}
