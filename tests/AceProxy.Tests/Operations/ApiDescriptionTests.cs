using System.Text.Json;
using AceProxy.Tests.Functional;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace AceProxy.Tests.Operations;

/// <summary>The description is held against what is mapped.</summary>
public sealed class ApiDescriptionTests
{
    private const string Itself = "GET /api/openapi.json";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Description_AndRoutes_AreTheSame()
    {
        await using RunningProxy proxy = await RunningProxy.StartAsync(("ENGINES", "127.0.0.1:9"));
        using JsonDocument document = await GetAsync(proxy);
        string[] described =
        [
            .. from path in document.RootElement.GetProperty("paths").EnumerateObject()
               from operation in path.Value.EnumerateObject()
               select $"{operation.Name.ToUpperInvariant()} {path.Name}",
        ];

        string[] mapped =
        [
            .. from endpoint in proxy.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
               let path = "/" + endpoint.RoutePattern.RawText!.Trim('/')
               where path.StartsWith("/api", StringComparison.Ordinal)
               from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? []
               select $"{method} {path}",
        ];

        Assert.Contains(Itself, mapped);
        Assert.Equal(mapped.Except([Itself]).Order(StringComparer.Ordinal), described.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Description_EveryOperation_HasASummaryAndTellsItsAnswers()
    {
        await using RunningProxy proxy = await RunningProxy.StartAsync(("ENGINES", "127.0.0.1:9"));
        using JsonDocument document = await GetAsync(proxy);

        Assert.All(document.RootElement.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject()), operation =>
        {
            Assert.NotEqual("", operation.Value.GetProperty("summary").GetString());
            string[] answers = [.. operation.Value.GetProperty("responses").EnumerateObject().Select(answer => answer.Name)];
            Assert.Contains(answers, status => status.StartsWith('2'));
            Assert.All(answers.Where(status => !status.StartsWith('2')), status => Assert.True(
                operation.Value.GetProperty("responses").GetProperty(status).GetProperty("content").TryGetProperty("application/problem+json", out _)));
        });
    }

    [Fact]
    public async Task Description_OfTheLists_NamesTheFieldsThatAreSent()
    {
        await using RunningProxy proxy = await RunningProxy.StartAsync(("ENGINES", "127.0.0.1:9"));
        using JsonDocument document = await GetAsync(proxy);
        using JsonDocument engine = JsonDocument.Parse(await proxy.Client.GetStringAsync("/api/engines/127.0.0.1:9", Cancellation));
        using JsonDocument workers = JsonDocument.Parse(await proxy.Client.GetStringAsync("/api/workers", Cancellation));

        Assert.Equal(Fields(engine.RootElement), Fields(Schema("EngineList")));
        Assert.Equal(Fields(engine.RootElement.GetProperty("engines")[0]), Fields(Schema("EngineSummary")));
        Assert.Equal(Fields(workers.RootElement.GetProperty("workers")[0]), Fields(Schema("WorkerSummary")));

        JsonElement Schema(string name) => document.RootElement.GetProperty("components").GetProperty("schemas").GetProperty(name).GetProperty("properties");
        static IEnumerable<string> Fields(JsonElement element) => element.EnumerateObject().Select(field => field.Name).Order(StringComparer.Ordinal);
    }

    private static async Task<JsonDocument> GetAsync(RunningProxy proxy) =>
        JsonDocument.Parse(await proxy.Client.GetStringAsync("/api/openapi.json", Cancellation));
}
