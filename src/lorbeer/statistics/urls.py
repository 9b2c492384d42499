from django.urls import path

from lorbeer.statistics import views

app_name = "statistics"
urlpatterns = [
    path("statistics/", views.table_list, name="table_list"),
    path("statistics/explore/", views.table_explore, name="table_explore"),
    path("statistics/explore/keep/", views.table_keep, name="table_keep"),
    path("statistics/data/<int:number>/", views.research_list, name="research_list"),
    path("statistics/data/<int:number>/<slug:form>/", views.research_file, name="research_file"),
    path("statistics/<slug:code>/", views.table_show, name="table_show"),
    path("statistics/<slug:code>/drop/", views.table_drop, name="table_drop"),
]
