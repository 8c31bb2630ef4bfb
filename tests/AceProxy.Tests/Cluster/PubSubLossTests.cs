using AceProxy.Tests.Functional;

namespace AceProxy.Tests.Cluster;

/// <summary>Redis takes and gives everything, but no message ever arrives: what workers say to each other they find out later.</summary>
public sealed class PubSubLossTests
{
    [Fact]
    public async Task Follower_PlaysWithoutAGap_AndTheSessionEndsWithItsLastViewer()
    {
        await using ClusterScene scene = await ClusterScene.StartAsync(ForbidAsync);
        Viewer other = await scene.JoinAsync(1);
        await scene.PlayAsync(other);
        scene.Own.Dispose();
        await other.UntilNewerThanAsync(DateTimeOffset.UtcNow + TimeSpan.FromSeconds(6)); // grace periods, and the next renewal of the lease
        other.Checker.AssertGapless();
        Assert.Equal(1, scene.Engine.SessionsOpened);

        other.Dispose();
        await scene.EndedAsync(scene.Workers);
        scene.Engine.AssertEachStoppedOnce();

        using Viewer later = await scene.JoinAsync(2);
        using Viewer last = await scene.JoinAsync(1);
        await Task.WhenAll(later.UntilAsync(checker => checker.Packets > 100), last.UntilAsync(checker => checker.Packets > 100));
        Assert.Equal(("owner", "follower"), (await scene.Workers[2].RoleAsync(), await scene.Workers[1].RoleAsync()));
        Assert.Equal(2, scene.Engine.SessionsOpened);
        await AssertNobodyListensAsync(scene);
    }

    [Fact]
    public async Task OwnerKilled_FollowersClientsGoOnWithoutAGap()
    {
        await using ClusterScene scene = await ClusterScene.StartAsync(ForbidAsync);
        using Viewer first = await scene.JoinAsync(1);
        using Viewer second = await scene.JoinAsync(2);
        await scene.PlayAsync(first, second);

        await scene.Workers[0].KillAsync();
        DateTimeOffset killed = DateTimeOffset.UtcNow;
        await Task.WhenAll(first.UntilNewerThanAsync(killed + TimeSpan.FromSeconds(1)), second.UntilNewerThanAsync(killed + TimeSpan.FromSeconds(1)));

        first.Checker.AssertGapless();
        second.Checker.AssertGapless();
        string?[] roles = [await scene.Workers[1].RoleAsync(), await scene.Workers[2].RoleAsync()];
        Assert.Equal(["follower", "owner"], roles.Order());
        Assert.Equal(2, scene.Engine.SessionsOpened);
        await AssertNobodyListensAsync(scene);
    }

    /// <summary>Nothing may be listened to; to say something is allowed, and reaches nobody.</summary>
    private static async Task ForbidAsync(RedisServer redis) =>
        Assert.Equal("+OK", await redis.AskAsync("ACL SETUSER default -subscribe -psubscribe -ssubscribe"));

    private static async Task AssertNobodyListensAsync(ClusterScene scene) => Assert.Equal("*0", await scene.Redis.AskAsync("PUBSUB CHANNELS"));
}
