using System.Globalization;
using AceProxy.Gateway;

namespace AceProxy.Tests.Gateway;

public sealed class PlacementTests
{
    private static readonly LoadBound Unbounded = new(int.MaxValue);

    [Fact]
    public void Score_OfAKnownPair_IsWhatEveryGatewayHasAlwaysComputed() =>
        Assert.Equal(7503492314333717357UL, Rendezvous.Score("worker-1", "1f00000000000000000000000000000000000001"));

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(10)]
    public void Choose_ManyContents_SpreadsThemEvenly(int workers)
    {
        const int Contents = 20_000;
        int[] taken = new int[workers];
        (string, int)[] all = Workers(workers);
        foreach (string content in ContentKeys(Contents))
        {
            taken[Placement.Choose(content, all, Unbounded)]++;
        }

        // Five standard deviations of a fair draw.
        double fair = (double)Contents / workers;
        double slack = 5 * Math.Sqrt(fair * (1 - (1.0 / workers)));
        Assert.All(taken, count => Assert.InRange(count, fair - slack, fair + slack));
    }

    [Fact]
    public void Choose_AWorkerGoes_MovesOnlyItsContents()
    {
        (string Id, int)[] before = Workers(5);
        (string Id, int)[] after = [.. before.Where(worker => worker.Id != "worker-3")];
        int moved = 0;
        foreach (string content in ContentKeys(5_000))
        {
            string had = before[Placement.Choose(content, before, Unbounded)].Id;
            string has = after[Placement.Choose(content, after, Unbounded)].Id;
            Assert.True(had == has || had == "worker-3", $"{content} moved from {had} to {has}");
            moved += had == has ? 0 : 1;
        }

        Assert.InRange(moved, 850, 1_150);
    }

    [Fact]
    public void Choose_AWorkerComes_TakesItsShareAndMovesNothingElse()
    {
        (string Id, int)[] before = Workers(4);
        (string Id, int)[] after = Workers(5);
        int moved = 0;
        foreach (string content in ContentKeys(5_000))
        {
            string had = before[Placement.Choose(content, before, Unbounded)].Id;
            string has = after[Placement.Choose(content, after, Unbounded)].Id;
            Assert.True(had == has || has == "worker-5", $"{content} moved from {had} to {has}");
            moved += had == has ? 0 : 1;
        }

        Assert.InRange(moved, 850, 1_150);
    }

    [Fact]
    public void Choose_InWhateverOrderTheWorkersAreListed_IsTheSame()
    {
        (string Id, int)[] listed = Workers(7);
        (string Id, int)[] reversed = [.. listed.Reverse()];

        Assert.All(ContentKeys(500), content => Assert.Equal(
            listed[Placement.Choose(content, listed, Unbounded)].Id, reversed[Placement.Choose(content, reversed, Unbounded)].Id));
    }

    [Fact]
    public void Choose_FewViewersOfOneContent_AllMeetOnOneWorker()
    {
        (string Id, int Clients)[] workers = Workers(3);
        string content = ContentKeys(1).Single();
        for (int viewer = 0; viewer < LoadBound.Unquestioned; viewer++)
        {
            workers[Placement.Choose(content, workers, new LoadBound(0))].Clients++;
        }

        Assert.Equal([0, 0, LoadBound.Unquestioned], workers.Select(worker => worker.Clients).Order());
    }

    [Fact]
    public void Choose_AThousandViewersOfOneContent_NoWorkerBeyondTheBoundAndNoMoreWorkersThanNeeded()
    {
        (string Id, int Clients)[] workers = Workers(3);
        string content = ContentKeys(1).Single();
        for (int viewer = 1; viewer <= 1_000; viewer++)
        {
            workers[Placement.Choose(content, workers, new LoadBound(0))].Clients++;
            int most = Math.Max(LoadBound.Unquestioned, (int)Math.Ceiling(1.25 * viewer / 3));
            Assert.All(workers, worker => Assert.True(worker.Clients <= most, $"{worker.Clients} of {viewer} on {worker.Id}"));
        }

        Assert.Equal([166, 417, 417], workers.Select(worker => worker.Clients).Order());
    }

    [Fact]
    public void Choose_ABoundOfTheOperators_IsKeptUntilAllAreFullThenTheIdlestTakesMore()
    {
        (string Id, int Clients)[] workers = Workers(3);
        string content = ContentKeys(1).Single();
        for (int viewer = 0; viewer < 30; viewer++)
        {
            workers[Placement.Choose(content, workers, new LoadBound(10))].Clients++;
        }

        Assert.All(workers, worker => Assert.Equal(10, worker.Clients));
        workers[1].Clients = 9;
        workers[Placement.Choose(content, workers, new LoadBound(9))].Clients++;
        Assert.Equal(10, workers[1].Clients);
    }

    [Fact]
    public void Choose_NoWorkers_IsNone() => Assert.Equal(-1, Placement.Choose("content", [], new LoadBound(0)));

    private static (string Id, int Clients)[] Workers(int count) =>
        [.. Enumerable.Range(1, count).Select(number => (string.Create(CultureInfo.InvariantCulture, $"worker-{number}"), 0))];

    private static IEnumerable<string> ContentKeys(int count) =>
        Enumerable.Range(1, count).Select(number => number.ToString("x40", CultureInfo.InvariantCulture));
}
